"""Triton kernels of the fused form; imported only where Triton is there and asked for.

Names: G, U [tokens, inner] frozen products; RG, RU, Z [tokens, slots, rank] rank-space values of each slot, the
scaling s already in RG, RU and DZ; BG, BU [experts, rank, inner]; AD [experts, rank, inner]. Ranks are filled
with zeros to RANK, a power of two of at least 16, which is the least that a tensor core takes. MET [blocks, slots,
experts] lists, in its first COUNT [blocks, slots] places, the experts that a block of tokens meets in each slot.
"""

# Triton reads annotations as compile-time constants, so kernels cannot bear ordinary types.
# mypy: disable-error-code="no-untyped-def, assignment"
# ruff: noqa: RUF005  Triton adds tuples, and unpacks none
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
def _keep(token, first, seed, p, BT: tl.constexpr, BF: tl.constexpr):
    """Return the dropout factors of the columns first … first + BF of tokens: the same in every kernel for a seed.

    One draw of four words serves four columns. Seven rounds of Philox are what its authors found to pass every test.
    """
    quad = (first // 4 + tl.arange(0, BF // 4)).to(tl.uint32)
    nothing = tl.zeros((BT, BF // 4), dtype=tl.uint32)
    a, b, c, d = tl.philox(seed, nothing + quad[None, :], nothing + token.to(tl.uint32)[:, None], nothing, nothing, 7)
    least = tl.cast(p * 4294967296.0, tl.uint32)
    kept = tl.join(tl.join(a >= least, b >= least), tl.join(c >= least, d >= least))
    return tl.where(tl.reshape(kept, (BT, BF)), 1.0 / (1.0 - p), 0.0)


@triton.jit
def _updated(values, r, B, at, mine, inside, PRECISION: tl.constexpr):
    """Return values [tokens, inner] + r B for the tokens that are `mine`; r [tokens, rank]; B lies in memory."""
    b = tl.load(B + at, mask=inside[None, :], other=0.0)
    return tl.dot(tl.where(mine[:, None], r, 0.0), b, acc=values, input_precision=PRECISION)


@triton.jit
def _reduced(
    sums, values, B, MET, list_at, count, expert, f, inside, INNER, slot,
    RANK: tl.constexpr, WIDE: tl.constexpr, PRECISION: tl.constexpr,
):  # fmt: skip
    """Return sums [tokens, wide] + values [tokens, inner] Bᵀ of each token's own expert, in the places of `slot`.

    One loop for each B: the operands of two would take too many registers together.
    """
    wide = tl.arange(0, WIDE)
    ours = ((wide // RANK) == slot)[None, :]
    for i in range(count):
        e = tl.load(MET + list_at + i)
        b = tl.load(B + (e * RANK + (wide % RANK)[None, :]) * INNER + f[:, None], mask=inside[:, None], other=0.0)
        own = (expert == e)[:, None] & ours
        sums += tl.where(own, tl.dot(values.to(B.dtype.element_ty), b, input_precision=PRECISION), 0.0)
    return sums


@triton.jit
def _slots_of(X, token, live, SLOTS: tl.constexpr, other: tl.constexpr):
    """Return a tuple of X [tokens, slots] by slot."""
    found = ()
    for slot in tl.static_range(SLOTS):
        found = found + (tl.load(X + token * SLOTS + slot, mask=live, other=other),)
    return found


@triton.jit
def _ranks_of(R, token, live, HAS: tl.constexpr, SLOTS: tl.constexpr, RANK: tl.constexpr):
    """Return a tuple of R [tokens, slots, rank] by slot: they serve every tile of a program."""
    found = ()
    for slot in tl.static_range(SLOTS):
        at = (token[:, None] * SLOTS + slot) * RANK + tl.arange(0, RANK)[None, :]
        if HAS:
            found = found + (tl.load(R + at, mask=live[:, None], other=0.0),)
        else:
            found = found + (0,)
    return found


@triton.jit(do_not_specialize=["TOKENS"])
def _meet(
    IDX, ORDER, MET, COUNT, TOKENS, SLOTS: tl.constexpr, EXPERTS: tl.constexpr, PLACES: tl.constexpr, BT: tl.constexpr
):
    """List the experts that a block of tokens, in their order, meets in each slot."""
    block = tl.program_id(0)
    row = block * BT + tl.arange(0, BT)
    live = row < TOKENS
    token = tl.load(ORDER + row, mask=live, other=0).to(tl.int64)
    every = tl.arange(0, PLACES)
    for slot in tl.static_range(SLOTS):
        expert = tl.load(IDX + token * SLOTS + slot, mask=live, other=-1)
        met = tl.max((expert[:, None] == every[None, :]).to(tl.int32), axis=0)
        place = (block * SLOTS + slot) * EXPERTS + tl.cumsum(met, axis=0) - 1
        tl.store(MET + place, every, mask=met != 0)
        tl.store(COUNT + block * SLOTS + slot, tl.sum(met, axis=0))


@triton.jit(do_not_specialize=_CHANGING)
def _forward(
    G, U, RG, RU, IDX, W, BG, BU, AD, ORDER, MET, COUNT, S, Z, TOKENS, INNER, TILES, seed, p,
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
    experts = _slots_of(IDX, token, live, SLOTS, -1)
    weights = _slots_of(W, token, live, SLOTS, 0.0)
    rgs = _ranks_of(RG, token, live, HAS_RG, SLOTS, RANK)
    rus = _ranks_of(RU, token, live, HAS_RU, SLOTS, RANK)
    wide = tl.arange(0, WIDE)
    z = tl.zeros((BT, WIDE), dtype=tl.float32)
    for tile in range(TILES):
        first = (part * TILES + tile) * BF
        f = first + tl.arange(0, BF)
        inside = f < INNER
        both = live[:, None] & inside[None, :]
        at = token[:, None] * INNER + f[None, :]
        g0 = tl.load(G + at, mask=both, other=0.0).to(tl.float32)
        u0 = g0
        if HAS_UP:
            u0 = tl.load(U + at, mask=both, other=0.0).to(tl.float32)
        total = tl.zeros((BT, BF), dtype=tl.float32)
        keep = total
        if HAS_DOWN and DROPOUT:
            keep = _keep(token, first, seed, p, BT, BF)
        for slot in tl.static_range(SLOTS):
            list_at = (block * SLOTS + slot) * EXPERTS
            count = tl.load(COUNT + block * SLOTS + slot)
            g, u = g0, u0
            for i in range(count):
                e = tl.load(MET + list_at + i)
                mine = experts[slot] == e
                weights_at = (e * RANK + rank[:, None]) * INNER + f[None, :]
                if HAS_RG:
                    g = _updated(g, rgs[slot], BG, weights_at, mine, inside, PRECISION)
                if HAS_RU:
                    u = _updated(u, rus[slot], BU, weights_at, mine, inside, PRECISION)
            h = _act(g, ACT)
            if HAS_UP:
                h = h * u
            h = h * weights[slot][:, None]
            total += h
            if HAS_DOWN:
                if DROPOUT:
                    h = h * keep
                h = tl.where(both, h, 0.0)
                z = _reduced(
                    z, h, AD, MET, list_at, count, experts[slot], f, inside, INNER, slot, RANK, WIDE, PRECISION
                )
        tl.store(S + at, total.to(S.dtype.element_ty), mask=both)
    if HAS_DOWN:
        z_at = (part * TOKENS + token[:, None]) * (SLOTS * RANK) + wide[None, :]
        tl.store(Z + z_at, z, mask=live[:, None] & (wide < SLOTS * RANK)[None, :])


@triton.jit(do_not_specialize=_CHANGING)
def _backward_tokens(
    G, U, DS, RG, RU, DZ, IDX, W, BG, BU, AD, ORDER, MET, COUNT, DG, DU, DRG, DRU, DW, Z,
    TOKENS, INNER, TILES, seed, p,
    SLOTS: tl.constexpr, EXPERTS: tl.constexpr, RANK: tl.constexpr, WIDE: tl.constexpr,
    ACT: tl.constexpr, HAS_UP: tl.constexpr, HAS_RG: tl.constexpr, HAS_RU: tl.constexpr, HAS_DOWN: tl.constexpr,
    DROPOUT: tl.constexpr, PRECISION: tl.constexpr, BT: tl.constexpr, BF: tl.constexpr,
):  # fmt: skip
    """Gradients of G and U, and of this stretch the parts of those of the slots' ranks and weights; and Z anew."""
    block, part = tl.program_id(0), tl.program_id(1)
    row = block * BT + tl.arange(0, BT)
    live = row < TOKENS
    token = tl.load(ORDER + row, mask=live, other=0).to(tl.int64)
    rank = tl.arange(0, RANK)
    experts = _slots_of(IDX, token, live, SLOTS, -1)
    weights = _slots_of(W, token, live, SLOTS, 0.0)
    rgs = _ranks_of(RG, token, live, HAS_RG, SLOTS, RANK)
    rus = _ranks_of(RU, token, live, HAS_RU, SLOTS, RANK)
    dzs = _ranks_of(DZ, token, live, HAS_DOWN, SLOTS, RANK)
    wide = tl.arange(0, WIDE)
    drg = tl.zeros((BT, WIDE), dtype=tl.float32)
    dru = tl.zeros((BT, WIDE), dtype=tl.float32)
    z = tl.zeros((BT, WIDE), dtype=tl.float32)
    dw = ()
    for _ in tl.static_range(SLOTS):
        dw = dw + (tl.zeros((BT,), dtype=tl.float32),)
    for tile in range(TILES):
        first = (part * TILES + tile) * BF
        f = first + tl.arange(0, BF)
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
        keep = dg_all
        if HAS_DOWN and DROPOUT:
            keep = _keep(token, first, seed, p, BT, BF)
        for slot in tl.static_range(SLOTS):
            list_at = (block * SLOTS + slot) * EXPERTS
            count = tl.load(COUNT + block * SLOTS + slot)
            w = weights[slot]
            g, u = g0, u0
            through = tl.zeros((BT, BF), dtype=tl.float32)
            for i in range(count):
                e = tl.load(MET + list_at + i)
                mine = experts[slot] == e
                weights_at = (e * RANK + rank[:, None]) * INNER + f[None, :]
                if HAS_RG:
                    g = _updated(g, rgs[slot], BG, weights_at, mine, inside, PRECISION)
                if HAS_RU:
                    u = _updated(u, rus[slot], BU, weights_at, mine, inside, PRECISION)
                if HAS_DOWN:
                    through = _updated(through, dzs[slot], AD, weights_at, mine, inside, PRECISION)
            act = _act(g, ACT)
            h = act
            if HAS_UP:
                h = act * u
            if HAS_DOWN:
                kept = tl.where(both, h * w[:, None], 0.0)
                if DROPOUT:
                    through = through * keep
                    kept = kept * keep
                z = _reduced(
                    z, kept, AD, MET, list_at, count, experts[slot], f, inside, INNER, slot, RANK, WIDE, PRECISION
                )
            dh = ds + through
            own_dw = dw[slot] + tl.sum(tl.where(both, h * dh, 0.0), axis=1)
            dw = dw[:slot] + (own_dw,) + dw[slot + 1 :]
            dh = tl.where(both, dh * w[:, None], 0.0)
            if HAS_UP:
                du = dh * act
                du_all += du
                dh = dh * u
                if HAS_RU:
                    dru = _reduced(
                        dru, du, BU, MET, list_at, count, experts[slot], f, inside, INNER, slot, RANK, WIDE, PRECISION
                    )
            dg = dh * _act_slope(g, ACT)
            dg_all += dg
            if HAS_RG:
                drg = _reduced(
                    drg, dg, BG, MET, list_at, count, experts[slot], f, inside, INNER, slot, RANK, WIDE, PRECISION
                )
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
    for slot in tl.static_range(SLOTS):
        tl.store(DW + (part * TOKENS + token) * SLOTS + slot, dw[slot], mask=live)


@triton.jit(do_not_specialize=_CHANGING)
def _backward_experts(
    G, U, DS, RG, RU, DZ, W, BG, BU, AD, SLOT, OFFSET, DBG, DBU, DAD, INNER, seed, p,
    SLOTS: tl.constexpr, EXPERTS: tl.constexpr, RANK: tl.constexpr, PARTS: tl.constexpr, ACT: tl.constexpr,
    HAS_UP: tl.constexpr, HAS_RG: tl.constexpr, HAS_RU: tl.constexpr, HAS_DOWN: tl.constexpr,
    DROPOUT: tl.constexpr, PRECISION: tl.constexpr, BT: tl.constexpr, BF: tl.constexpr,
):  # fmt: skip
    """Gradients of one expert's B of gate and up and A of down, [parts, experts, rank, inner].

    Each part is the sum over a stretch of the expert's own slots, in order, so that one expert with most of the tokens
    is not one long program.
    """
    e, part = tl.program_id(1), tl.program_id(2)
    first = tl.program_id(0) * BF
    f = first + tl.arange(0, BF)
    inside = f < INNER
    rank = tl.arange(0, RANK)
    weights_at = (e * RANK + rank[:, None]) * INNER + f[None, :]
    begin, end = tl.load(OFFSET + e), tl.load(OFFSET + e + 1)
    if PARTS > 1:
        stretch = tl.cdiv(tl.cdiv(end - begin, PARTS), BT) * BT
        begin = tl.minimum(begin + part * stretch, end)
        end = tl.minimum(begin + stretch, end)
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
    for low in range(begin, end, BT):
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
                keep = _keep(token, first, seed, p, BT, BF)
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
    out_at = part * (EXPERTS * RANK * INNER) + weights_at
    if HAS_RG:
        tl.store(DBG + out_at, dbg, mask=inside[None, :])
    if HAS_RU:
        tl.store(DBU + out_at, dbu, mask=inside[None, :])
    if HAS_DOWN:
        tl.store(DAD + out_at, dad, mask=inside[None, :])


@triton.jit(do_not_specialize=_CHANGING)
def _mask(OUT, TOKENS, INNER, seed, p, BT: tl.constexpr, BF: tl.constexpr):
    """Write the dropout factors [tokens, inner] that the other kernels use, for tests and for other forms."""
    token = tl.program_id(0) * BT + tl.arange(0, BT)
    first = tl.program_id(1) * BF
    f = first + tl.arange(0, BF)
    both = (token < TOKENS)[:, None] & (f < INNER)[None, :]
    at = token[:, None].to(tl.int64) * INNER + f[None, :]
    tl.store(OUT + at, _keep(token, first, seed, p, BT, BF), mask=both)
