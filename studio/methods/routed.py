"""What routed methods share: the tuner that meets every batch and adds its losses.

A forward begins and ends at the base model, in hooks: `generate`, a Trainer, a bare loop and a PeftModel without task
type all come by there, and not all of them by the tuner's own forward.
"""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from transformers.loss.loss_utils import ForCausalLMLoss

from studio.core.words import tr
from studio.methods.causal import ChunkedHead
from studio.methods.forward_record import ForwardRecord
from studio.methods.labels import Labels
from studio.methods.routed_steps import BatchRows, CountingModel


class RoutedTuner(CountingModel):
    """Gives a PEFT tuner all of `studio.methods.protocols.RoutedMethod` but what each method counts and loses itself.

    A forward given `labels` returns the cross-entropy with the method's losses added. In training mode the
    cross-entropy is taken a few positions at a time and `logits` is None; `whole_logits` is a sentence on why
    that is impossible, and empty where it is possible.
    """

    def _pre_injection_hook(self, model: nn.Module, config: Any, adapter_name: str) -> None:
        super()._pre_injection_hook(model, config, adapter_name)
        self._labels: Labels | None = None
        self._asked: dict[str, Any] | None = None
        self._proved = False
        self._head = ChunkedHead(model)
        self._argument_names = list(inspect.signature(type(model).forward).parameters)[1:]
        self._hooks = [
            model.register_forward_pre_hook(self._begin, with_kwargs=True),
            model.register_forward_hook(self._end, with_kwargs=True),
        ]

    def unload(self) -> nn.Module:
        """Return the base model without adapters."""
        for hook in self._hooks:
            hook.remove()
        self._head.remove()
        return super().unload()

    def begin_forward(self) -> None:
        self._begin(self.model, (), {})

    def auxiliary_losses(self) -> dict[str, Tensor]:
        weighted = self._form_losses()
        if not self.record.deferred:
            return weighted
        # Made after the forward, so autograd's order (latest first) runs their backward before any layer's.
        return {
            name: JoinLoss.apply(
                self.record, name, torch.zeros_like(loss, requires_grad=True), loss, torch.ones_like(loss)
            )
            for name, loss in weighted.items()
        }

    def auxiliary_values(self) -> dict[str, Tensor]:
        if self.record.values is None:
            with torch.no_grad():
                self._form_losses()
        return self.record.values or {}

    @property
    def whole_logits(self) -> str:
        return self._head.whole_logits

    def _form_losses(self) -> dict[str, Tensor]:
        """Return the weighted losses of the last forward, and keep the unweighted values beside what it left behind."""
        weighted, self.record.values = self._losses()
        return weighted

    def _losses(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return (weighted losses with gradient, unweighted values without) of the last forward, by name."""
        raise NotImplementedError

    def _begin(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Start a new record as the model's forward begins, after putting the last one's counts aside."""
        self._fold()
        if args and self._argument_names[0] == "input_ids":
            args, kwargs = (), dict(zip(self._argument_names, args, strict=False)) | kwargs
        batch, self._next_batch = self._next_batch, None
        if batch is None:
            batch = BatchRows(kwargs.get("attention_mask"))
        training = self.training
        counted = training or self._counting_ahead
        self._labels = Labels.of(kwargs)
        adapter = self._active()[0]
        fresh = ForwardRecord(
            adapter=adapter,
            attention_mask=batch.attention_mask if isinstance(batch.attention_mask, Tensor) else None,
            row_groups=batch.row_groups,
            rows=batch.rows,
            learned=batch.learned if counted else None,
            groups=batch.groups,
            whole=batch.whole,
            paired=self._counting_pairs and counted and not self._counting_ahead,
            training=training,
            apart=self._trainer_sums and adapter is not None and not self._meets_others(adapter),
            wanted=counted or self._labels is not None,
            counted=counted,
            differentiable=torch.is_grad_enabled(),
            traced=self._trace,
            barred=self._barred,
        )
        self.record = fresh
        for _, layer in self._routed():
            layer.record = fresh
        in_chunks = self._labels is not None and self._goes_in_chunks(module, kwargs)
        self._asked = kwargs if in_chunks else None
        self._head.expect(in_chunks)
        if in_chunks:
            kwargs = {k: v for k, v in kwargs.items() if k not in ("labels", "shift_labels")} | {"logits_to_keep": 1}
        return args, kwargs

    def _goes_in_chunks(self, module: nn.Module, kwargs: dict[str, Any]) -> bool:
        """Say whether this labelled forward's cross-entropy is ours to take."""
        name = self.record.adapter
        if not self.training or name is None or self.peft_config[name].whole_logits or kwargs.get("logits_to_keep"):
            return False
        if getattr(module, "loss_function", None) is not ForCausalLMLoss and not self.whole_logits:
            self._head.whole_logits = tr("its loss is not transformers' own for causal language models")
        if self.whole_logits:
            self._say_whole_logits()
        return not self.whole_logits

    def _say_whole_logits(self) -> None:
        # Python itself shows a warning of one place and text only once.
        warnings.warn(
            tr(
                "All logits of a batch are held at once, since this model's head cannot be chunked: {why}.",
                why=self.whole_logits,
            ),
            RuntimeWarning,
            stacklevel=2,
        )

    def _end(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> Any:
        """Give a labelled forward its loss: the cross-entropy, and the method's own losses."""
        labels, self._labels = self._labels, None
        asked, self._asked = self._asked, None
        if labels is None:
            return output
        if asked is not None:
            output = self._with_cross_entropy(module, asked, labels, output)
        share = labels.share_of_step()
        if isinstance(output, tuple):
            return (self._join_losses(output[0], share), *output[1:])
        if output.loss is not None:
            output.loss = self._join_losses(output.loss, share)
        return output

    def _with_cross_entropy(self, module: nn.Module, asked: dict[str, Any], labels: Labels, output: Any) -> Any:
        states = self._head.take()
        if not self._proved:
            logits = output[0] if isinstance(output, tuple) else output.logits
            self._head.prove(states[:, -1], logits[:, -1])
            self._proved = True
        if self.whole_logits:
            self._say_whole_logits()
            self.record.layers.clear()
            return module.forward(**asked)
        loss = labels.loss(states, self._head)
        if isinstance(output, tuple):
            return (loss, *output[1:])
        output.loss, output.logits = loss, None
        return output

    def _join_losses(self, loss: Tensor, share: Tensor | float) -> Tensor:
        """Return `loss` with `share` of the auxiliary losses added."""
        weighted = self._form_losses()
        for name, extra in weighted.items():
            if self.record.deferred:
                share = torch.as_tensor(share, dtype=torch.float32, device=extra.device)
                loss = JoinLoss.apply(self.record, name, loss, extra, share)
            else:
                loss = loss + (extra * share).to(loss.dtype)
        return loss


class JoinLoss(torch.autograd.Function):
    """Returns loss + share · extra and, in backward, first notes in the record how much of `extra` is wanted.

    Needed for re-entrant checkpointing alone: there the layers' sums have no gradient when the loss is formed,
    and each layer's recomputation asks the record for the scale. The loss itself passes through here, so its
    backward, and with it every layer's, comes after this one's.
    """

    @staticmethod
    def forward(ctx: Any, record: ForwardRecord, name: str, loss: Tensor, extra: Tensor, share: Tensor) -> Tensor:
        ctx.record, ctx.name = record, name
        ctx.save_for_backward(share)
        return loss + (extra * share).to(loss.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Any, ...]:
        (share,) = ctx.saved_tensors
        ctx.record.scales[ctx.name] = grad.detach() * share
        return None, None, grad, grad * share, None
