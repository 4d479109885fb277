"""Where models are: with this package, in a folder, or on the Hugging Face Hub; and how the Hub is spoken to.

shipped     the folder of the model that comes with the package
locate      a model by path or Hub id -> its folder
connection  work that asks the Hub: with a token, with an end to waiting, and again where that may help
errors      what the Hub's client raises, in one line
"""
