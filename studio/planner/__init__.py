"""How much memory a recipe needs, and which recipe fits a budget: arithmetic, no measuring, no torch."""

from studio.planner.advice import Advice, Change, would_fit
from studio.planner.model_source import model_shape
from studio.planner.plan import LABELS, Plan
from studio.planner.recipe_plan import for_card, plan_recipe
from studio.planner.search import Alternative, alternatives
from studio.planner.shape import ModelShape, shape_of_model

__all__ = [
    "LABELS",
    "Advice",
    "Alternative",
    "Change",
    "ModelShape",
    "Plan",
    "alternatives",
    "for_card",
    "model_shape",
    "plan_recipe",
    "shape_of_model",
    "would_fit",
]
