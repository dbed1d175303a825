from thienly.sim.command import run

raise SystemExit(run())
