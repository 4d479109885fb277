"""A model, dataset or Space folder -> a repository on the Hugging Face Hub.

Input: a folder, and `USER/NAME`. Output: `Pushed`, after one commit at most. One module a decision: `contents` (what
goes up), `rights` (what may), `model_card` (what is said of a model), `sample` (its bars as picture and sound),
`card_mark` (whose a card is), `changes` (what differs from what is there), `upload` (all of it).
"""

from basstab_hf.publish.upload import Pushed, push

__all__ = ["Pushed", "push"]
