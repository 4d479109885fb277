"""Muon (Jordan 2024): the matrices of the layers take steps whose directions all have about the same size.

AdamW for embeddings, norms and biases, and one learning rate and weight decay for all: the steps of the matrices are
scaled to the size that AdamW's have (Liu and others 2025, arXiv:2502.16982). torch.optim.Muon computes in bf16, which
is slow on processors without instructions for it; in fp32 a layer of width 128 takes 5 ms. docs/log.md has the gain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from transformers import GPT2LMHeadModel, TrainingArguments

_MOMENTUM = 0.95
#: Newton-Schulz: five steps of a x + b xx'x + c xx'xx'x (Jordan's numbers) bring singular values near 1, those above a
#: tenth of the largest to 0.5 to 1.4.
_STEPS, _A, _B, _C = 5, 3.4445, -4.7750, 2.0315
#: The usual root mean square of AdamW's steps, in learning rates.
_RMS = 0.2


class Muon(torch.optim.AdamW):
    """AdamW whose last group of parameters, matrices all, is stepped by Muon."""

    @classmethod
    def of(cls, model: GPT2LMHeadModel, args: TrainingArguments) -> Muon:
        """For a model, with the values that `args` have for AdamW; the second group is never decayed."""
        matrices = [weights for weights in model.transformer.h.parameters() if weights.ndim == 2]
        inside = set(map(id, matrices))
        others = [weights for weights in model.parameters() if id(weights) not in inside]
        groups: list[dict[str, Any]] = [
            {"params": [weights for weights in others if weights.ndim == 2]},
            {"params": [weights for weights in others if weights.ndim < 2], "weight_decay": 0.0},
            {"params": matrices},
        ]
        betas = (args.adam_beta1, args.adam_beta2)
        return cls(groups, args.learning_rate, betas, args.adam_epsilon, args.weight_decay)

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One step of all parameters."""
        *others, matrices = groups = self.param_groups
        self.param_groups = others
        loss = super().step(closure)
        self.param_groups = groups
        for weights in matrices["params"]:
            if weights.grad is not None:
                weights.mul_(1 - matrices["lr"] * matrices["weight_decay"])
                weights.sub_(matrices["lr"] * self._direction(weights, weights.grad))
        return loss

    def _direction(self, weights: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
        """Where Nesterov's momentum leads, evened out; queries, keys and values, side by side in GPT-2, each alone."""
        state = self.state[weights]
        if not state:  # AdamW looks for "step" when a checkpoint is loaded
            state.update(step=torch.tensor(0.0), momentum=torch.zeros_like(weights))
        ahead = gradient.lerp(state["momentum"].lerp_(gradient, 1 - _MOMENTUM), _MOMENTUM)
        rows, columns = ahead.shape
        parts = ahead.chunk(3, dim=1) if columns == 3 * rows else [ahead]
        return torch.cat([evened(part) * (_RMS * max(part.shape) ** 0.5) for part in parts], dim=1)


def evened(matrix: torch.Tensor) -> torch.Tensor:
    """The matrix with all its singular values brought near 1, [rows, columns] in fp32."""
    x = matrix.float()
    x = x.T if len(x) > x.shape[1] else x
    x = x / x.norm().clamp(min=1e-7)
    for _ in range(_STEPS):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=_B, alpha=_C), x, beta=_A)
    return x.T if x.shape != matrix.shape else x
