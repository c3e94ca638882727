"""What a method has to show is told by its table and its layers' names."""

from __future__ import annotations

import pytest

from studio.core.run.curves import Contrast, contrast_of, router_groups


def test_that_the_contrastive_loss_stands_beside_its_floor() -> None:
    points = {"loss": 1.0, "contrastive_loss": 5.5, "contrastive_floor": 4.5}
    assert contrast_of(points) == Contrast(5.5, 4.5)
    assert contrast_of(points).above == pytest.approx(1.0)  # type: ignore[union-attr]
    assert contrast_of({"loss": 1.0, "balance_loss": 2.0}) is None


def test_that_routers_are_gathered_by_their_projection_in_the_order_of_depth() -> None:
    layers = [f"model.layers.{n}.self_attn.{p}" for n in (0, 1, 10) for p in ("q_proj", "v_proj")]
    q, v = router_groups(layers)
    assert (q.name, q.rows, q.depths) == ("q_proj", (0, 2, 4), (0, 1, 10))
    assert (v.name, v.rows, v.depths) == ("v_proj", (1, 3, 5), (0, 1, 10))


def test_that_mixloras_routers_are_one_group_however_the_model_names_its_layers() -> None:
    (group,) = router_groups(["model.layers.0.mlp", "model.layers.2.mlp"])
    assert (group.name, group.rows, group.depths) == ("mlp", (0, 1), (0, 2))
    assert router_groups([]) == ()
    assert router_groups(["mlp"])[0].depths == (0,)
