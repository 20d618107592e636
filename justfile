# Short names for the chores; the chores themselves are in xtask.

# Everything that must hold before a change is handed in.
check:
    cargo xtask check

# Every test, or those whose names contain one of the words.
test *words:
    cargo xtask test -- {{words}}

# Who may depend on whom, and what every file must keep to.
floors:
    cargo xtask floors

# Measurements, such as `just bench gate`.
bench *what:
    cargo xtask bench {{what}}
