"""A run's checkpoint holds the memories, so that a resumed run goes on as if it had never been left."""

from __future__ import annotations

from pathlib import Path

import torch

from studio.training.checkpoint.state import Progress, RandomStates, load_state, save_state


def parts(model):
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1.0 / (1 + step))


def train(model, optimiser, scheduler, batch, steps):
    losses = []
    for _ in range(steps):
        optimiser.zero_grad()
        loss = model(**batch).loss
        loss.backward()
        optimiser.step()
        scheduler.step()
        losses.append(loss.item())
    return losses


def test_that_a_resumed_run_has_the_same_losses_and_weights_to_the_last_bit(adapted, batch, tmp_path: Path):
    fields = {"contrastive_coef": 0.5, "memory": 6, "pairs": 10, "lora_dropout": 0.1}
    model = adapted(**fields).train()
    optimiser, scheduler = parts(model)
    train(model, optimiser, scheduler, batch, 3)
    save_state(tmp_path, model, optimiser, scheduler, Progress(step=3), RandomStates.capture())
    expected = train(model, optimiser, scheduler, batch, 3)

    resumed = adapted(**fields).train()
    its_optimiser, its_scheduler = parts(resumed)
    load_state(tmp_path, resumed, its_optimiser, its_scheduler)
    assert train(resumed, its_optimiser, its_scheduler, batch, 3) == expected
    for (name, one), (_, other) in zip(model.named_parameters(), resumed.named_parameters(), strict=True):
        assert torch.equal(one, other), name
