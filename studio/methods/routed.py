"""What routed methods share: the tuner that meets every batch and adds its losses, and the layer's one adapter.

A forward begins and ends at the base model, in hooks: `generate`, a Trainer, a bare loop and a PeftModel without task
type all come by there, and not all of them by the tuner's own forward.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from peft.tuners.lora import LoraModel
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from transformers.loss.loss_utils import ForCausalLMLoss

from studio.core.problem import ProblemError
from studio.methods.causal import ChunkedHead, decoder_of
from studio.methods.forward_record import ForwardRecord
from studio.methods.labels import Labels
from studio.methods.step_sums import LayerTotals, StepSums


class RoutedLayer(nn.Module, BaseTunerLayer):
    """A module around a frozen one that routes each token to some of its experts.

    `record` is shared with the tuner and with all other layers: it holds the batch's mask and takes the sums.
    """

    active_adapters: list[str]
    method = ""

    def __init__(self, base_layer: nn.Module, depth: int) -> None:
        super().__init__()
        self.base_layer = base_layer
        self.depth = depth
        self.configs: dict[str, Any] = {}
        self.record = ForwardRecord()
        self.form_in_use = ""
        self.fallback = ""
        self._disable_adapters = False
        self.merged_adapters: list[str] = []

    def unmerge(self) -> None:
        """Do nothing, since nothing is ever merged."""

    def chosen_adapter(self) -> str | None:
        """Return the one adapter in force here, or None for the plain base layer."""
        names = [name for name in self.active_adapters if name in self.configs]
        if self.disable_adapters or not names:
            return None
        if len(names) > 1:
            raise ProblemError.at(
                "set_adapter", f"{len(names)} {self.method} adapters are active at once.", "Activate one at a time."
            )
        return names[0]


class RoutedTuner(LoraModel):
    """Gives a PEFT tuner all of `studio.methods.protocols.RoutedMethod` but what each method counts and loses itself.

    A forward given `labels` returns the cross-entropy with the method's losses added. In training mode the
    cross-entropy is taken a few positions at a time and `logits` is None; `whole_logits` tells, as a sentence, where
    that cannot be, and is empty where it can.
    """

    active_adapters: list[str]
    model: nn.Module
    record: ForwardRecord
    tuner_layer_cls = BaseTunerLayer
    routed_layer_cls: type[RoutedLayer]

    def _pre_injection_hook(self, model: nn.Module, config: Any, adapter_name: str) -> None:
        super()._pre_injection_hook(model, config, adapter_name)
        self._layers: list[tuple[str, Any]] = []
        self.record = ForwardRecord()
        self._next_batch: tuple[Tensor | None, Tensor | None, int] | None = None
        self._counting_ahead = False
        self._trace = False
        self._step: dict[str, StepSums] = {}  # by adapter
        self._labels: Labels | None = None
        self._asked: dict[str, Any] | None = None
        self._proved = False
        self._decoder_prefix = decoder_of(model)[0]
        self._head = ChunkedHead(model)
        self._argument_names = list(inspect.signature(type(model).forward).parameters)[1:]
        self._hooks = [
            model.register_forward_pre_hook(self._begin, with_kwargs=True),
            model.register_forward_hook(self._end, with_kwargs=True),
        ]

    def _is_target_in_decoder(self, config: Any, key: str) -> Any:
        """Match as PEFT does, but inside the text decoder only."""
        if self._decoder_prefix and not key.startswith(self._decoder_prefix + "."):
            return False
        return LoraModel._check_target_module_exists(config, key)

    def _refuse_head(self, config: Any) -> None:
        """Refuse the output head as a target, which "all-linear" leaves out too; PEFT's LoRA would adapt it."""
        get_head = getattr(self.model, "get_output_embeddings", None)
        head = get_head() if callable(get_head) else None
        names = [name for name, module in self.model.named_modules() if module is head]
        named = any(LoraModel._check_target_module_exists(config, name) for name in names)
        if named and config.target_modules != "all-linear":
            raise ProblemError.at(
                f"{type(config).__name__}.target_modules",
                f"It names the output head, {names[0]}, which {self.routed_layer_cls.method} does not adapt.",
                f'Leave it out, or train it whole with modules_to_save=["{names[0]}"].',
            )

    def unload(self) -> nn.Module:
        """Return the base model without adapters."""
        for hook in self._hooks:
            hook.remove()
        self._head.remove()
        return super().unload()

    def add_weighted_adapter(self, *args: Any, **kwargs: Any) -> None:
        """Refuse: PEFT would mix the attention's plain LoRA and leave experts and routers as they are made."""
        raise ProblemError.at(
            "add_weighted_adapter",
            f"{self.routed_layer_cls.method} adapters cannot be mixed: their experts have nothing in common.",
            "Train one adapter on both tasks.",
        )

    def _enable_peft_forward_hooks(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("adapter_names") is not None:
            raise ProblemError.at(
                "adapter_names",
                f"{self.routed_layer_cls.method} does not mix adapters within one batch.",
                "Call set_adapter and pass one adapter's rows at a time.",
            )
        return super()._enable_peft_forward_hooks(*args, **kwargs)

    def _routed(self) -> list[tuple[str, Any]]:
        """Return the routed layers by name, in the order of depth."""
        if not self._layers:
            self._layers = [(n, m) for n, m in self.model.named_modules() if isinstance(m, self.routed_layer_cls)]
        return self._layers

    def routed_layers(self) -> list[str]:
        return [name for name, _ in self._routed()]

    def experts_per_layer(self) -> list[int]:
        counts = []
        for _, layer in self._routed():
            name = layer.chosen_adapter() or next(iter(layer.configs), None)
            counts.append(0 if name is None else layer.configs[name].experts_of(layer.depth))
        return counts

    def _active(self) -> tuple[str | None, list[Any]]:
        """Return the adapter in force, None where there is none, and the layers that it adapts."""
        chosen = [(layer.chosen_adapter(), layer) for _, layer in self._routed()]
        adapted = [(name, layer) for name, layer in chosen if name is not None]
        return adapted[0][0] if adapted else None, [layer for _, layer in adapted]

    def forms_in_use(self) -> dict[str, str]:
        return {name: layer.form_in_use for name, layer in self._routed() if layer.form_in_use}

    def fallbacks(self) -> list[str]:
        return sorted({layer.fallback for _, layer in self._routed() if layer.fallback})

    def set_batch(self, attention_mask: Tensor | None, row_groups: Tensor | None = None) -> None:
        groups = 1 if row_groups is None or not row_groups.numel() else int(row_groups.max()) + 1
        self._next_batch = (attention_mask, row_groups, groups)

    def trace_routing(self, enabled: bool) -> None:
        self._trace = enabled

    def take_routing(self) -> list[tuple[Tensor, Tensor]]:
        return [self.record.routing[i] for i in sorted(self.record.routing)]

    def take_loads(self) -> Tensor:
        raise NotImplementedError

    def end_step(self) -> None:
        self._fold()
        self._keep_loads()

    def forget_step(self) -> None:
        self._step = {}
        self._drop_record()

    def lacks_loads(self) -> bool:
        name, layers = self._active()
        if name is None or not self._weighs_last_loads(name):
            return False
        return not bool(torch.stack([layer.router(name).last_loads.any() for layer in layers]).all())

    @contextmanager
    def counting_ahead(self) -> Iterator[None]:
        self._fold()
        self._counting_ahead = True
        try:
            yield
            self._fold()
            self._keep_loads()
        finally:
            self._counting_ahead = False
            self._drop_record()

    @torch.no_grad()
    def step_values(self) -> dict[str, Tensor]:
        self._fold()
        name, _ = self._active()
        totals = self._step[name].over_processes() if name in self._step else {}
        return {"balance": self._step_balance(name, totals.values())} if name is not None and totals else {}

    def _drop_record(self) -> None:
        self._next_batch = None
        self.record = ForwardRecord()
        for _, layer in self._routed():
            layer.record = self.record

    @torch.no_grad()
    def _keep_loads(self) -> None:
        """Let what the step's forwards counted weigh the next step's balance, and begin a new step."""
        steps, self._step = self._step, {}
        layers = {layer.depth: layer for _, layer in self._routed()}
        for name, sums in steps.items():
            if name in self.peft_config and self._weighs_last_loads(name):  # it may have been deleted meanwhile
                for depth, totals in sums.over_processes().items():
                    layers[depth].router(name).last_loads.copy_(totals.share)

    def _last_loads(self) -> dict[int, Tensor]:
        """Each layer's loads of the last step [experts] by depth, where the forward's balance is weighed with them."""
        record, name = self.record, self.record.adapter
        if name is None or not record.training or not self._weighs_last_loads(name):
            return {}
        return {
            layer.depth: layer.router(name).last_loads for _, layer in self._routed() if layer.depth in record.layers
        }

    def auxiliary_losses(self) -> dict[str, Tensor]:
        weighted, _ = self._losses()
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
        with torch.no_grad():
            return self._losses()[1]

    @property
    def whole_logits(self) -> str:
        return self._head.whole_logits

    def _fold(self) -> None:
        """Add the last record's counts to the totals and to the step's sums, once."""
        record = self.record
        if not record.counted or not record.layers:
            return
        record.counted = False
        if not self._counting_ahead:
            self._count_record()
        if record.adapter is not None and (record.training or self._counting_ahead):
            self._step.setdefault(record.adapter, StepSums()).add(self._layer_totals())

    def _count_record(self) -> None:
        """Add the last record's slots to the totals that `take_loads` returns."""
        raise NotImplementedError

    def _layer_totals(self) -> dict[int, LayerTotals]:
        """Return the last record's totals by depth."""
        raise NotImplementedError

    def _weighs_last_loads(self, adapter: str) -> bool:
        """Say whether the adapter's balance loss is weighed with the last step's loads."""
        raise NotImplementedError

    def _step_balance(self, adapter: str, layers: Iterable[LayerTotals]) -> Tensor:
        """Return the balance loss of a whole step's totals, unweighted; scalar."""
        raise NotImplementedError

    def _losses(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return (weighted losses with gradient, unweighted values without) of the last forward, by name."""
        raise NotImplementedError

    def _begin(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Start a new record as the model's forward begins, after putting the last one's counts aside."""
        self._fold()
        if args and self._argument_names[0] == "input_ids":
            args, kwargs = (), dict(zip(self._argument_names, args, strict=False)) | kwargs
        batch, self._next_batch = self._next_batch, None
        mask, row_groups, groups = batch if batch is not None else (kwargs.get("attention_mask"), None, 1)
        training = self.training
        counted = training or self._counting_ahead
        self._labels = Labels.of(kwargs)
        fresh = ForwardRecord(
            adapter=self._active()[0],
            attention_mask=mask if isinstance(mask, Tensor) else None,
            row_groups=row_groups,
            groups=groups,
            training=training,
            wanted=counted or self._labels is not None,
            counted=counted,
            differentiable=torch.is_grad_enabled(),
            traced=self._trace,
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
            self._head.whole_logits = "its loss is not transformers' own for causal language models"
        if self.whole_logits:
            self._say_whole_logits()
        return not self.whole_logits

    def _say_whole_logits(self) -> None:
        # Python itself shows a warning of one place and text only once.
        warnings.warn(
            f"All logits of a batch are held at once, since this model's head cannot be chunked: {self.whole_logits}.",
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
        weighted, _ = self._losses()
        for name, extra in weighted.items():
            if self.record.deferred:
                share = torch.as_tensor(share, dtype=torch.float32, device=extra.device)
                loss = JoinLoss.apply(self.record, name, loss, extra, share)
            else:
                loss = loss + (extra * share).to(loss.dtype)
        return loss


def padded_sum(one: Tensor | None, other: Tensor) -> Tensor:
    """Return one + other, each filled with zeros to the larger size in every dimension; None is nothing."""
    if one is None:
        return other
    sizes = [max(pair) for pair in zip(one.shape, other.shape, strict=True)]

    def filled(counts: Tensor) -> Tensor:
        whole = counts.new_zeros(sizes)
        whole[tuple(slice(size) for size in counts.shape)] = counts
        return whole

    return filled(one.to(other.device)) + filled(other)


class JoinLoss(torch.autograd.Function):
    """Returns loss + share · extra and, in backward, first tells the record how much of `extra` is wanted.

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
