"""MixDoRA against experts written out as whole matrices; and its magnitudes trained, saved and restored."""

from __future__ import annotations

import peft
import pytest
import torch
from safetensors.torch import load_file

from tests.methods.test_exactness import layer_of


def written_out(layer, x):
    """Return the layer's output with every expert's m ∘ (W + sBA)/‖W + sBA‖ as a matrix; norms constant."""
    bank, base, shape = layer.bank("default"), layer.base_layer, layer.feed_forward
    probabilities = (x @ layer.router("default").weight.T).softmax(-1)
    top, chosen = probabilities.topk(layer.configs["default"].top_k, dim=-1)
    top = top / top.sum(-1, keepdim=True)

    def project(name, expert, v):
        linear = base.get_submodule(name)
        pair = bank.pair(name)
        merged = linear.weight + layer.scaling["default"] * pair.B[expert] @ pair.A[expert]
        merged = bank.magnitude(name)[expert][:, None] * merged / merged.detach().norm(dim=1, keepdim=True)
        return torch.nn.functional.linear(v, merged, linear.bias)

    rows = []
    for token in range(x.shape[0]):
        row = 0
        for weight, expert in zip(top[token], chosen[token], strict=True):
            v = project(shape.first, expert, x[token])
            if shape.kind == "fused":
                gate, up = v.chunk(2)
                h = torch.nn.functional.silu(gate) * up
            elif shape.up is None:
                h = shape.activation(v)
            else:
                h = torch.nn.functional.silu(v) * project(shape.up, expert, x[token])
            row = row + weight * project(shape.last, expert, h)
        rows.append(row)
    return torch.stack(rows)


@pytest.mark.parametrize("kind", ["gated-bias", "fused", "plain-bias"])
def test_that_mixdora_equals_experts_written_out_as_whole_matrices(kind):
    layer = layer_of(kind, use_dora=True)
    for name, parameter in layer.named_parameters():
        if name.endswith("_M"):
            parameter.data += torch.rand_like(parameter)
    x = torch.randn(7, 12, dtype=torch.float64, requires_grad=True)
    dy = torch.randn(7, 12, dtype=torch.float64)
    trained = [p for p in layer.parameters() if p.requires_grad]
    expected_y = written_out(layer, x)
    expected = torch.autograd.grad(expected_y, [x, *trained], dy)
    y = layer(x)
    found = torch.autograd.grad(y, [x, *trained], dy)
    assert layer.form_in_use == "dora"
    torch.testing.assert_close(y, expected_y, rtol=0, atol=1e-12)
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-11)


def test_that_magnitudes_start_at_the_base_are_trained_saved_and_restored(adapted, tiny_llama, batch, tmp_path):
    from studio.methods.mixlora import MixLoraConfig

    fresh = peft.get_peft_model(tiny_llama(), MixLoraConfig(r=4, num_experts=4, use_dora=True)).eval()
    with torch.no_grad():
        base = tiny_llama().eval()(input_ids=batch["input_ids"]).logits
        torch.testing.assert_close(fresh(input_ids=batch["input_ids"]).logits, base, rtol=0, atol=1e-6)
    model = adapted(use_dora=True, lora_dropout=0.1).train()
    before = {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    model(**batch).loss.backward()
    optimiser.step()
    model.save_pretrained(tmp_path)
    written = load_file(tmp_path / "adapter_model.safetensors")
    for key in ("mlp.lora_experts.gate_proj_M", "mlp.lora_experts.down_proj_M", "q_proj.lora_magnitude_vector"):
        name = next(n for n in before if key.rpartition(".")[2] in n and key.split(".")[0] in n)
        assert sum(key in k for k in written) == 2
        assert not torch.equal(dict(model.named_parameters())[name], before[name])
    loaded = peft.PeftModel.from_pretrained(tiny_llama(), tmp_path).eval()
    with torch.no_grad():
        assert torch.equal(
            loaded(input_ids=batch["input_ids"]).logits, model.eval()(input_ids=batch["input_ids"]).logits
        )
