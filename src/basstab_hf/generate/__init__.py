"""Write tabs with a trained model: grammar, engines, sampling."""

from basstab_hf.generate.compose import Request, generate_tab, generate_tabs

__all__ = ["Request", "generate_tab", "generate_tabs"]
