"""Pictures of worldlines."""

from spinlens.montecarlo.kernels.compiling import compiled


@compiled(boundscheck=False)
def spins_at(kinks, first, spin, times, picture):
    """Write -1 or +1 of every spin (columns) at ascending times (rows), in units of beta."""
    for i in range(len(spin)):
        kink, now = first[i], 2 * spin[i] - 1
        for row in range(len(times)):
            while kinks[kink] <= times[row]:
                kink += 1
                now = -now
            picture[row, i] = now
