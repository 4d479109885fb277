"""For `trust_remote_code=True` in this folder: the pipeline of the package that it came with."""

from basstab_hf.generate.pipeline_basstab import BassTabGenerationPipeline

__all__ = ["BassTabGenerationPipeline"]
