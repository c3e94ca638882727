"""Cross-entropy on answer tokens only, also per row, without ever holding all logits.

Only positions that predict an answer token go through the head, a chunk at a time: `studio.methods.cross_entropy`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from studio.data.batch import Batch
from studio.methods.causal import ChunkedHead
from studio.methods.cross_entropy import summed_cross_entropy
from studio.methods.protocols import routed_method
from studio.models.base_model import shares_keys


@dataclass(frozen=True, slots=True)
class RowLosses:
    """Losses of one forward: `total` is their sum with gradient; `rows` [rows] and `tokens` [rows] without."""

    total: Tensor
    rows: Tensor
    tokens: Tensor


class AnswerLoss:
    """Computes the loss of a causal language model on the tokens whose label is not -100.

    `whole_logits` is a sentence that says why the model's own forward is used instead of the chunked head, which costs
    memory; it is empty where the chunked head was proved to give the model's logits. `logits_at_once` is how many
    logits one chunk may have, as the plan counts them; 0 is a processor's number.
    """

    logits_at_once = 0

    def __init__(self, model: Any) -> None:
        self._model = model
        self._causal: Any = model.get_base_model() if hasattr(model, "get_base_model") else model
        self._head = ChunkedHead(self._causal)
        if not self._head.whole_logits:
            self._prove_head()
        self.whole_logits = self._head.whole_logits

    def __call__(self, batch: Batch) -> RowLosses:
        """Run the model forward over a batch; with rows laid end to end, inside `PackedAttention.among`."""
        self.describe(batch)
        packing = batch.packing
        # Packed rows need no mask: padding among them is a row of its own, which no other row sees.
        given = {"position_ids": packing.positions} if packing else {"attention_mask": batch.attention_mask}
        if packing is None and shares_keys(batch.input_ids.device, self._product_type()):
            # No token looks ahead, so none that is learned sees the padding on its right. Without a mask a card takes
            # its flash kernel, and builds no [rows, 1, tokens, tokens] in every layer; a processor gains nothing.
            given = {}
        if self.whole_logits:
            return self.of(batch, self._model(input_ids=batch.input_ids, use_cache=False, **given).logits)
        return self.of(batch, self._hidden(batch.input_ids, given))

    def describe(self, batch: Batch) -> None:
        """Tell a routed method what rows the next forward has."""
        packing = batch.packing
        if (routed := routed_method(self._model)) is not None:
            rows = packing.rows if packing else None
            whole = (batch.whole.ranks, batch.whole.tokens) if batch.whole else None
            routed.set_batch(
                batch.attention_mask, batch.row_groups, rows, batch.group_count, batch.learned.places, whole
            )

    def of(self, batch: Batch, states: Tensor) -> RowLosses:
        """Return the losses of a batch whose last hidden states [rows, tokens, hidden] are known.

        With `whole_logits` they are its logits [rows, tokens, vocabulary] instead.
        """
        learned = batch.learned
        chosen = states.flatten(0, 1).index_select(0, learned.places)
        if self.whole_logits:
            losses = functional.cross_entropy(chosen.float(), learned.targets, reduction="none")
            total = losses.sum()
            losses = losses.detach()
        else:
            total, losses = summed_cross_entropy(
                chosen, learned.targets, self._head, self._head.vocabulary, self._head.learns, self.logits_at_once
            )
        rows = torch.zeros(len(learned.counts), dtype=losses.dtype, device=losses.device)
        rows.index_add_(0, learned.rows, losses)
        return RowLosses(total, rows, learned.counts)

    def _product_type(self) -> torch.dtype:
        if torch.is_autocast_enabled("cuda"):
            return torch.get_autocast_dtype("cuda")
        embedded: torch.dtype = self._causal.get_input_embeddings().weight.dtype
        return embedded

    def _hidden(self, input_ids: Tensor, given: dict[str, Tensor]) -> Tensor:
        """The last hidden states [batch, sequence, hidden], after the final norm.

        The whole model runs, with all hooks of the method, but it computes the logits of one position only.
        """
        self._head.expect()
        try:
            self._model(input_ids=input_ids, use_cache=False, logits_to_keep=1, **given)
            return self._head.take()
        finally:
            self._head.expect(False)

    @torch.no_grad()
    def _prove_head(self) -> None:
        """Compare the chunked head with the model's own logits on a few tokens."""
        was_training = self._model.training
        self._model.eval()
        try:
            device = self._causal.get_input_embeddings().weight.device
            ids = torch.arange(1, 9, device=device)[None] % self._head.vocabulary
            self._head.expect()
            logits = self._causal(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False).logits
            self._head.prove(self._head.take()[0], logits[0])
        finally:
            self._model.train(was_training)
