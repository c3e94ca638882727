"""Triton kernels of the fused form; imported only where Triton is there and asked for.

Names: G, U [tokens, inner] frozen products; RG, RU, Z [tokens, slots, rank] rank-space values of each slot, the
scaling s already in RG, RU and DZ; BG, BU [experts, rank, inner]; AD [experts, rank, inner]. Ranks are filled
with zeros to RANK, a power of two of at least 16, which is the least that a tensor core takes.
"""

# Triton reads annotations as compile-time constants, so kernels cannot bear ordinary types.
# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import triton
import triton.language as tl

# Otherwise kernels are compiled anew, seconds each, for a batch or a seed that happens to be a multiple of 16.
_CHANGING = ["TOKENS", "TILES", "seed"]


@triton.jit
def _act(g, ACT: tl.constexpr):
    if ACT == 0:  # silu
        return g * tl.sigmoid(g)
    elif ACT == 1:  # gelu, tanh form: tanh(v) = 2 sigmoid(2v) - 1
        return g * tl.sigmoid(1.5957691216057308 * (g + 0.044715 * g * g * g))
    elif ACT == 2:  # gelu, exact
        return 0.5 * g * (1.0 + tl.erf(g * 0.7071067811865476))
    else:  # relu
        return tl.maximum(g, 0.0)


@triton.jit
def _act_slope(g, ACT: tl.constexpr):
    if ACT == 0:
        p = tl.sigmoid(g)
        return p * (1.0 + g * (1.0 - p))
    elif ACT == 1:
        p = tl.sigmoid(1.5957691216057308 * (g + 0.044715 * g * g * g))
        return p + g * p * (1.0 - p) * 1.5957691216057308 * (1.0 + 0.134145 * g * g)
    elif ACT == 2:
        return 0.5 * (1.0 + tl.erf(g * 0.7071067811865476)) + g * 0.3989422804014327 * tl.exp(-0.5 * g * g)
    else:
        return tl.where(g > 0, 1.0, 0.0)


@triton.jit
def _keep(token, f, INNER, seed, p, DROPOUT: tl.constexpr):
    """Return the dropout factors [tokens, inner] of a tile: the same in every kernel for the same seed."""
    at = token[:, None].to(tl.int64) * INNER + f[None, :]
    return tl.where(tl.rand(seed, at) >= p, 1.0 / (1.0 - p), 0.0)


@triton.jit
def _updated(values, R, B, ranks_at, weights_at, mine, inside, PRECISION: tl.constexpr):
    """Return values [tokens, inner] + R B for the tokens that are `mine`; R and B [rank, inner] lie in memory."""
    a = tl.load(R + ranks_at, mask=mine[:, None], other=0.0)
    b = tl.load(B + weights_at, mask=inside[None, :], other=0.0)
    return values + tl.dot(a, b, input_precision=PRECISION)


@triton.jit
def _reduced(sums, values, B, at, own, inside, PRECISION: tl.constexpr):
    """Return sums [tokens, wide] + values [tokens, inner] Bᵀ in the places that are `own`; B lies in memory."""
    b = tl.load(B + at, mask=inside[:, None], other=0.0)
    return sums + tl.where(own, tl.dot(values.to(B.dtype.element_ty), b, input_precision=PRECISION), 0.0)


@triton.jit(do_not_specialize=_CHANGING)
def _forward(
    G, U, RG, RU, IDX, W, BG, BU, AD, ORDER, PRESENT, S, Z, TOKENS, INNER, TILES, seed, p,
    SLOTS: tl.constexpr, EXPERTS: tl.constexpr, RANK: tl.constexpr, WIDE: tl.constexpr, ACT: tl.constexpr,
    HAS_UP: tl.constexpr, HAS_RG: tl.constexpr, HAS_RU: tl.constexpr, HAS_DOWN: tl.constexpr,
    DROPOUT: tl.constexpr, PRECISION: tl.constexpr, BT: tl.constexpr, BF: tl.constexpr,
):  # fmt: skip
    """S = Σ_j w_j h_j and, of this program's stretch of the inner size, Z_j = A_down (w_j h_j)."""
    block, part = tl.program_id(0), tl.program_id(1)
    row = block * BT + tl.arange(0, BT)
    live = row < TOKENS
    token = tl.load(ORDER + row, mask=live, other=0).to(tl.int64)
    rank = tl.arange(0, RANK)
    wide = tl.arange(0, WIDE)
    z = tl.zeros((BT, WIDE), dtype=tl.float32)
    for tile in range(TILES):
        f = (part * TILES + tile) * BF + tl.arange(0, BF)
        inside = f < INNER
        both = live[:, None] & inside[None, :]
        at = token[:, None] * INNER + f[None, :]
        g0 = tl.load(G + at, mask=both, other=0.0).to(tl.float32)
        u0 = g0
        if HAS_UP:
            u0 = tl.load(U + at, mask=both, other=0.0).to(tl.float32)
        total = tl.zeros((BT, BF), dtype=tl.float32)
        for slot in tl.static_range(SLOTS):
            expert = tl.load(IDX + token * SLOTS + slot, mask=live, other=-1)
            w = tl.load(W + token * SLOTS + slot, mask=live, other=0.0)
            ranks_at = (token[:, None] * SLOTS + slot) * RANK + rank[None, :]
            g, u = g0, u0
            for e in range(EXPERTS):
                if tl.load(PRESENT + (block * SLOTS + slot) * EXPERTS + e) != 0:
                    mine = live & (expert == e)
                    weights_at = (e * RANK + rank[:, None]) * INNER + f[None, :]
                    if HAS_RG:
                        g = _updated(g, RG, BG, ranks_at, weights_at, mine, inside, PRECISION)
                    if HAS_RU:
                        u = _updated(u, RU, BU, ranks_at, weights_at, mine, inside, PRECISION)
            h = _act(g, ACT)
            if HAS_UP:
                h = h * u
            h = h * w[:, None]
            total += h
            if HAS_DOWN:
                if DROPOUT:
                    h = h * _keep(token, f, INNER, seed, p, DROPOUT)
                h = tl.where(both, h, 0.0)
                for e in range(EXPERTS):
                    if tl.load(PRESENT + (block * SLOTS + slot) * EXPERTS + e) != 0:
                        mine = live & (expert == e)
                        a_at = (e * RANK + (wide % RANK)[None, :]) * INNER + f[:, None]
                        own = mine[:, None] & ((wide // RANK) == slot)[None, :]
                        z = _reduced(z, h, AD, a_at, own, inside, PRECISION)
        tl.store(S + at, total.to(S.dtype.element_ty), mask=both)
    if HAS_DOWN:
        z_at = (part * TOKENS + token[:, None]) * (SLOTS * RANK) + wide[None, :]
        tl.store(Z + z_at, z, mask=live[:, None] & (wide < SLOTS * RANK)[None, :])


@triton.jit(do_not_specialize=_CHANGING)
def _backward_tokens(
    G, U, DS, RG, RU, DZ, IDX, W, BG, BU, AD, ORDER, PRESENT, DG, DU, DRG, DRU, DW, Z,
    TOKENS, INNER, TILES, seed, p,
    SLOTS: tl.constexpr, EXPERTS: tl.constexpr, RANK: tl.constexpr, WIDE: tl.constexpr, PLACES: tl.constexpr,
    ACT: tl.constexpr, HAS_UP: tl.constexpr, HAS_RG: tl.constexpr, HAS_RU: tl.constexpr, HAS_DOWN: tl.constexpr,
    DROPOUT: tl.constexpr, PRECISION: tl.constexpr, BT: tl.constexpr, BF: tl.constexpr,
):  # fmt: skip
    """Gradients of G and U, and of this stretch the parts of those of the slots' ranks and weights; and Z anew."""
    block, part = tl.program_id(0), tl.program_id(1)
    row = block * BT + tl.arange(0, BT)
    live = row < TOKENS
    token = tl.load(ORDER + row, mask=live, other=0).to(tl.int64)
    rank = tl.arange(0, RANK)
    wide = tl.arange(0, WIDE)
    place = tl.arange(0, PLACES)
    drg = tl.zeros((BT, WIDE), dtype=tl.float32)
    dru = tl.zeros((BT, WIDE), dtype=tl.float32)
    z = tl.zeros((BT, WIDE), dtype=tl.float32)
    dw = tl.zeros((BT, PLACES), dtype=tl.float32)
    for tile in range(TILES):
        f = (part * TILES + tile) * BF + tl.arange(0, BF)
        inside = f < INNER
        both = live[:, None] & inside[None, :]
        at = token[:, None] * INNER + f[None, :]
        g0 = tl.load(G + at, mask=both, other=0.0).to(tl.float32)
        ds = tl.load(DS + at, mask=both, other=0.0).to(tl.float32)
        u0 = g0
        if HAS_UP:
            u0 = tl.load(U + at, mask=both, other=0.0).to(tl.float32)
        dg_all = tl.zeros((BT, BF), dtype=tl.float32)
        du_all = tl.zeros((BT, BF), dtype=tl.float32)
        for slot in tl.static_range(SLOTS):
            expert = tl.load(IDX + token * SLOTS + slot, mask=live, other=-1)
            w = tl.load(W + token * SLOTS + slot, mask=live, other=0.0)
            ranks_at = (token[:, None] * SLOTS + slot) * RANK + rank[None, :]
            g, u = g0, u0
            through = tl.zeros((BT, BF), dtype=tl.float32)
            for e in range(EXPERTS):
                if tl.load(PRESENT + (block * SLOTS + slot) * EXPERTS + e) != 0:
                    mine = live & (expert == e)
                    weights_at = (e * RANK + rank[:, None]) * INNER + f[None, :]
                    if HAS_RG:
                        g = _updated(g, RG, BG, ranks_at, weights_at, mine, inside, PRECISION)
                    if HAS_RU:
                        u = _updated(u, RU, BU, ranks_at, weights_at, mine, inside, PRECISION)
                    if HAS_DOWN:
                        through = _updated(through, DZ, AD, ranks_at, weights_at, mine, inside, PRECISION)
            act = _act(g, ACT)
            h = act
            if HAS_UP:
                h = act * u
            kept = tl.where(both, h * w[:, None], 0.0)
            if DROPOUT:
                keep = _keep(token, f, INNER, seed, p, DROPOUT)
                through = through * keep
                kept = kept * keep
            dh = ds + through
            dw += tl.where((place == slot)[None, :], tl.sum(tl.where(both, h * dh, 0.0), axis=1)[:, None], 0.0)
            dh = dh * w[:, None]
            du = dh * act
            dg = dh * _act_slope(g, ACT)
            if HAS_UP:
                dg = dg * u
            dg = tl.where(both, dg, 0.0)
            du = tl.where(both, du, 0.0)
            dg_all += dg
            du_all += du
            for e in range(EXPERTS):
                if tl.load(PRESENT + (block * SLOTS + slot) * EXPERTS + e) != 0:
                    mine = live & (expert == e)
                    own = mine[:, None] & ((wide // RANK) == slot)[None, :]
                    b_at = (e * RANK + (wide % RANK)[None, :]) * INNER + f[:, None]
                    if HAS_RG:
                        drg = _reduced(drg, dg, BG, b_at, own, inside, PRECISION)
                    if HAS_RU:
                        dru = _reduced(dru, du, BU, b_at, own, inside, PRECISION)
                    if HAS_DOWN:
                        z = _reduced(z, kept, AD, b_at, own, inside, PRECISION)
        tl.store(DG + at, dg_all.to(DG.dtype.element_ty), mask=both)
        if HAS_UP:
            tl.store(DU + at, du_all.to(DU.dtype.element_ty), mask=both)
    out_at = (part * TOKENS + token[:, None]) * (SLOTS * RANK) + wide[None, :]
    out_mask = live[:, None] & (wide < SLOTS * RANK)[None, :]
    if HAS_RG:
        tl.store(DRG + out_at, drg, mask=out_mask)
    if HAS_RU:
        tl.store(DRU + out_at, dru, mask=out_mask)
    if HAS_DOWN:
        tl.store(Z + out_at, z, mask=out_mask)
    dw_at = (part * TOKENS + token[:, None]) * SLOTS + place[None, :]
    tl.store(DW + dw_at, dw, mask=live[:, None] & (place < SLOTS)[None, :])


@triton.jit(do_not_specialize=_CHANGING)
def _backward_experts(
    G, U, DS, RG, RU, DZ, W, BG, BU, AD, SLOT, OFFSET, DBG, DBU, DAD, INNER, seed, p,
    SLOTS: tl.constexpr, RANK: tl.constexpr, ACT: tl.constexpr,
    HAS_UP: tl.constexpr, HAS_RG: tl.constexpr, HAS_RU: tl.constexpr, HAS_DOWN: tl.constexpr,
    DROPOUT: tl.constexpr, PRECISION: tl.constexpr, BT: tl.constexpr, BF: tl.constexpr,
):  # fmt: skip
    """Gradients of one expert's B of gate and up and A of down, [rank, inner], summed over its own slots in order."""
    e = tl.program_id(1)
    f = tl.program_id(0) * BF + tl.arange(0, BF)
    inside = f < INNER
    rank = tl.arange(0, RANK)
    weights_at = (e * RANK + rank[:, None]) * INNER + f[None, :]
    first, end = tl.load(OFFSET + e), tl.load(OFFSET + e + 1)
    bg = tl.zeros((RANK, BF), dtype=BG.dtype.element_ty)
    bu = tl.zeros((RANK, BF), dtype=BG.dtype.element_ty)
    ad = tl.zeros((RANK, BF), dtype=BG.dtype.element_ty)
    if HAS_RG:
        bg = tl.load(BG + weights_at, mask=inside[None, :], other=0.0)
    if HAS_RU:
        bu = tl.load(BU + weights_at, mask=inside[None, :], other=0.0)
    if HAS_DOWN:
        ad = tl.load(AD + weights_at, mask=inside[None, :], other=0.0)
    dbg = tl.zeros((RANK, BF), dtype=tl.float32)
    dbu = tl.zeros((RANK, BF), dtype=tl.float32)
    dad = tl.zeros((RANK, BF), dtype=tl.float32)
    for low in range(first, end, BT):
        row = low + tl.arange(0, BT)
        live = row < end
        slot = tl.load(SLOT + row, mask=live, other=0).to(tl.int64)
        token = slot // SLOTS
        both = live[:, None] & inside[None, :]
        at = token[:, None] * INNER + f[None, :]
        ranks_at = slot[:, None] * RANK + rank[None, :]
        w = tl.load(W + slot, mask=live, other=0.0)
        g = tl.load(G + at, mask=both, other=0.0).to(tl.float32)
        dh = tl.load(DS + at, mask=both, other=0.0).to(tl.float32)
        u = g
        rg = tl.zeros((BT, RANK), dtype=BG.dtype.element_ty)
        ru = tl.zeros((BT, RANK), dtype=BG.dtype.element_ty)
        dz = tl.zeros((BT, RANK), dtype=BG.dtype.element_ty)
        if HAS_UP:
            u = tl.load(U + at, mask=both, other=0.0).to(tl.float32)
        if HAS_RG:
            rg = tl.load(RG + ranks_at, mask=live[:, None], other=0.0)
            g += tl.dot(rg, bg, input_precision=PRECISION)
        if HAS_RU:
            ru = tl.load(RU + ranks_at, mask=live[:, None], other=0.0)
            u += tl.dot(ru, bu, input_precision=PRECISION)
        act = _act(g, ACT)
        h = act
        if HAS_UP:
            h = act * u
        if HAS_DOWN:
            dz = tl.load(DZ + ranks_at, mask=live[:, None], other=0.0)
            through = tl.dot(dz, ad, input_precision=PRECISION)
            kept = h * w[:, None]
            if DROPOUT:
                keep = _keep(token, f, INNER, seed, p, DROPOUT)
                through = through * keep
                kept = kept * keep
            dh += through
            kept = tl.where(both, kept, 0.0)
            dad += tl.dot(tl.trans(dz), kept.to(BG.dtype.element_ty), input_precision=PRECISION)
        dh = tl.where(both, dh * w[:, None], 0.0)
        if HAS_RU:
            dbu += tl.dot(tl.trans(ru), (dh * act).to(BG.dtype.element_ty), input_precision=PRECISION)
        if HAS_RG:
            dg = dh * _act_slope(g, ACT)
            if HAS_UP:
                dg = dg * u
            dbg += tl.dot(tl.trans(rg), dg.to(BG.dtype.element_ty), input_precision=PRECISION)
    if HAS_RG:
        tl.store(DBG + weights_at, dbg, mask=inside[None, :])
    if HAS_RU:
        tl.store(DBU + weights_at, dbu, mask=inside[None, :])
    if HAS_DOWN:
        tl.store(DAD + weights_at, dad, mask=inside[None, :])


@triton.jit(do_not_specialize=_CHANGING)
def _mask(OUT, TOKENS, INNER, seed, p, BT: tl.constexpr, BF: tl.constexpr):
    """Write the dropout factors [tokens, inner] that the other kernels use, for tests and for other forms."""
    token = tl.program_id(0) * BT + tl.arange(0, BT)
    f = tl.program_id(1) * BF + tl.arange(0, BF)
    both = (token < TOKENS)[:, None] & (f < INNER)[None, :]
    at = token[:, None].to(tl.int64) * INNER + f[None, :]
    tl.store(OUT + at, _keep(token, f, INNER, seed, p, True), mask=both)
