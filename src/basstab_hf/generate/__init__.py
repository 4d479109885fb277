"""Write tabs with a trained model: grammar, controls, engines, sampling."""

from basstab_hf.generate.compose import Composer, Written, generate_tab, generate_tabs
from basstab_hf.generate.request import Guards, Music, Request
from basstab_hf.generate.sampling import Sampling

__all__ = ["Composer", "Guards", "Music", "Request", "Sampling", "Written", "generate_tab", "generate_tabs"]
