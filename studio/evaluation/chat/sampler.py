"""Draws the next token as the settings say."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from studio.core.chat.sampling import Sampling
from studio.core.problem import ProblemError
from studio.core.words import tr


class Sampler:
    """One answer's choice of tokens; a seed draws the same tokens on every device, from a generator of its own."""

    def __init__(self, sampling: Sampling) -> None:
        from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

        self._steps: list[Any] = []
        self._greedy = sampling.temperature == 0
        if not self._greedy and sampling.temperature != 1:
            self._steps.append(TemperatureLogitsWarper(sampling.temperature))
        if sampling.top_k:
            self._steps.append(TopKLogitsWarper(sampling.top_k))
        if sampling.top_p < 1:
            self._steps.append(TopPLogitsWarper(sampling.top_p))
        self._generator = torch.Generator().manual_seed(sampling.seed)

    def draw(self, logits: Tensor) -> int:
        """The next token, from logits [vocabulary]; raises ProblemError where they are no numbers."""
        if not math.isfinite(logits.max()):  # of which NaN would be the largest, and drawn as if it were meant
            what = tr("its numbers grew beyond what its precision holds, so there is no likeliest next token.")
            raise ProblemError.at(tr("the model"), what, tr("Try an earlier checkpoint, or the precision fp32."))
        if self._greedy:
            return int(logits.argmax())
        return int(torch.multinomial(self.probabilities(logits), 1, generator=self._generator))

    def probabilities(self, logits: Tensor) -> Tensor:
        """What a token is drawn with [vocabulary], float32 on the CPU: temperature first, then top-k, then top-p."""
        scores = logits.float().cpu()[None]
        for step in self._steps:
            scores = step(None, scores)
        return scores[0].softmax(dim=-1)
