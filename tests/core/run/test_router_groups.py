"""A model's routers are gathered by the names of their layers."""

from __future__ import annotations

from studio.core.run.router_groups import router_groups


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
