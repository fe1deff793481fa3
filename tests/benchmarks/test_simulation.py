"""A figure's name says what was timed."""

import pytest

import simulation


def test_a_template_is_timed_at_the_voxel_size_that_its_name_says(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    monkeypatch.setattr(simulation, "growable_of", lambda _anatomy, _seed, _group, voxel_mm: asked.append(voxel_mm))
    simulation._template_s(simulation.VirtualPlan().voxel_mm)
    assert {f"template_{simulation._words(voxel_mm)}_s" for voxel_mm in asked} == {"template_2_5mm_s"}
