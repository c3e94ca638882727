"""Training itself: collapse and recovery, unbroken and resumed, in Trainer, compiled."""

from __future__ import annotations

import shutil

import peft
import pytest
import torch
from safetensors.torch import load_file

from studio.methods.mixlora import MixLoraConfig
from tests.methods.conftest import VOCABULARY, checkpoint, make_tiny_llama, randomise


def collapsed(make, **fields):
    """Return a model each of whose routers sends every token to experts 0 and 1."""
    base = make()
    with torch.no_grad():
        base.get_input_embeddings().weight += 0.04  # a direction common to all tokens, as trained models have
    model = peft.get_peft_model(base, MixLoraConfig(r=4, num_experts=4, task_type="CAUSAL_LM", **fields)).train()
    hidden = []
    hooks = [
        layer.register_forward_pre_hook(lambda _, inputs: hidden.append(inputs[0].detach()))
        for _, layer in model.base_model._routed()
    ]
    with torch.no_grad():
        model(input_ids=torch.arange(VOCABULARY)[None])
    for hook in hooks:
        hook.remove()
    for (_, layer), x in zip(model.base_model._routed(), hidden, strict=True):
        # A row along the mean input scores high for every token; two such rows take nearly all slots.
        mean = x.mean(dim=(0, 1))
        with torch.no_grad():
            weight = layer.router("default").weight
            weight.mul_(0.1)
            weight[:2] += 3.0 * mean / mean.norm().square()
    model.base_model.take_loads()
    return model


def busiest_share(model, steps):
    """Train on random rows and return the share of slots that the two busiest experts got in the last ten steps."""
    optimiser = torch.optim.AdamW([p for n, p in model.named_parameters() if "lora_router" in n], lr=3e-2)
    generator = torch.Generator().manual_seed(0)
    for step in range(steps):
        if step == steps - 10:
            model.base_model.take_loads()
        ids = torch.randint(0, VOCABULARY, (4, 16), generator=generator)
        model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=ids).loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    loads = model.base_model.take_loads()[0]
    return (loads.sort(dim=-1, descending=True).values[:, :2].sum(-1) / loads.sum(-1)).max().item()


def test_that_a_collapsed_router_recovers_with_the_balance_loss_and_not_without_it(tiny_llama):
    before = busiest_share(collapsed(tiny_llama, router_aux_loss_coef=0.0), 60)
    after = busiest_share(collapsed(tiny_llama, router_aux_loss_coef=0.1), 60)
    assert before > 0.8, before
    assert after < 0.65, after  # 0.5 is fair


def test_that_the_loss_free_bias_recovers_a_collapsed_router_too(tiny_llama):
    share = busiest_share(collapsed(tiny_llama, router_aux_loss_coef=0.0, balance_bias_rate=0.02), 60)
    assert share < 0.65, share


def steps(model, optimiser, batch, count):
    for _ in range(count):
        model(**batch).loss.backward()
        optimiser.step()
        optimiser.zero_grad()


@pytest.mark.parametrize("fields", [{}, {"use_dora": True}, {"balance_bias_rate": 0.01}], ids=["plain", "dora", "bias"])
def test_that_resumed_training_is_the_same_as_unbroken(adapted, tiny_llama, batch, tmp_path, fields):
    fields = fields | {"lora_dropout": 0.1}

    def fresh_optimiser(model):
        return torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)

    unbroken = adapted(**fields).train()
    optimiser = fresh_optimiser(unbroken)
    torch.manual_seed(0)
    steps(unbroken, optimiser, batch, 2)
    unbroken.save_pretrained(tmp_path)
    state, rng = optimiser.state_dict(), torch.get_rng_state()
    torch.save(state, tmp_path / "optimiser.pt")
    steps(unbroken, optimiser, batch, 2)

    resumed = peft.PeftModel.from_pretrained(tiny_llama(), tmp_path, is_trainable=True).train()
    optimiser = fresh_optimiser(resumed)
    optimiser.load_state_dict(torch.load(tmp_path / "optimiser.pt", weights_only=True))
    torch.set_rng_state(rng)
    steps(resumed, optimiser, batch, 2)
    for (name, a), (_, b) in zip(unbroken.named_parameters(), resumed.named_parameters(), strict=True):
        assert torch.equal(a, b), name


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"use_dora": True},
        {"routing_strategy": "mixlora-dynamic"},
        {"routing_strategy": "mixlora-switch"},
        {"use_rslora": True, "layer_experts": [3, 5], "layer_ranks": [2, 6], "attention_r": 3},
        {"use_goat_scaling": True, "router_z_loss_coef": 0.1, "jitter_noise": 0.1, "lora_dropout": 0.1},
    ],
    ids=["plain", "dora", "top-p", "switch", "per-layer", "goat"],
)
def test_that_a_trainers_last_save_holds_every_expert_and_router_as_trained(adapted, tmp_path, fields):
    from transformers import Trainer, TrainingArguments

    model = adapted(**fields)
    before = {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}
    generator = torch.Generator().manual_seed(0)
    rows = [{"input_ids": r, "labels": r} for r in torch.randint(0, VOCABULARY, (16, 12), generator=generator)]
    arguments = TrainingArguments(
        output_dir=str(tmp_path / "run"), max_steps=3, per_device_train_batch_size=2, learning_rate=1e-2,
        gradient_accumulation_steps=2, report_to=[], use_cpu=True, disable_tqdm=True,
        dataloader_pin_memory=False, save_strategy="no", logging_strategy="no",
    )  # fmt: skip
    # transformers 5.23 renamed the argument of 5.17, so the model is told itself.
    checkpoint(model, reentrant=False)
    trainer = Trainer(model=model, args=arguments, train_dataset=rows)
    trainer.train()
    trainer.save_model(str(tmp_path / "adapter"))
    written = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    held = {n: p for n, p in model.named_parameters() if p.requires_grad}
    assert len(written) == len(held)
    for name, parameter in held.items():
        stem = name.replace(".default", "")
        key = next(k for k in written if k == stem or k + ".weight" == stem)
        assert torch.equal(written[key], parameter), name
        assert not torch.equal(parameter, before[name]), f"{name} was not trained"


@pytest.fixture
def one_compiling_thread():
    """Inductor compiles in the test's own thread: its pool of threads would outlive the test."""
    from torch._inductor import config

    with config.patch(compile_threads=1):
        yield


def best_backend():
    """Inductor, which compiles all that torch.compile does; where it cannot, the part before the C++ compiler."""
    has_compiler = any(map(shutil.which, ("g++", "clang++", "cl")))
    # Its linker command does not quote torch's folder.
    return "inductor" if has_compiler and " " not in torch.__file__ else "aot_eager"


@pytest.mark.slow
@pytest.mark.timeout(1500)  # a C++ compiler works long on it, and many minutes on a busy machine
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")
def test_that_the_whole_model_compiles_and_trains_alike(batch, one_compiling_thread):
    fields = {"r": 4, "num_experts": 4, "top_k": 2, "task_type": "CAUSAL_LM", "form": "masked"}
    # One layer: a second is the same code once more, which takes the C++ compiler as long again.
    model = peft.get_peft_model(make_tiny_llama(layers=1), MixLoraConfig(**fields)).train()
    randomise(model)
    expected = model(**batch).loss
    expected.backward()
    gradients = {n: p.grad.clone() for n, p in model.named_parameters() if p.requires_grad}
    model.zero_grad()
    model.base_model.peft_config["default"].form = "auto"
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    compiled = torch.compile(model, backend=best_backend())
    loss = compiled(**batch).loss
    loss.backward()
    assert set(model.base_model.forms_in_use().values()) == {"masked"}
    assert loss.item() == pytest.approx(expected.item(), abs=1e-5)
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            torch.testing.assert_close(parameter.grad, gradients[name], rtol=1e-4, atol=1e-5)
    assert model.base_model.take_loads().sum() == 2 * 2 * 46  # passes, experts a token, tokens
    breaks = torch._dynamo.utils.counters["graph_break"]
    assert all("Labels.loss" in reason for reason in breaks), breaks  # the chunked loss alone runs outside
