"""What may be concluded from numbers: intervals, e-values, power, distances. numpy only, and pure: chance is a seed."""
