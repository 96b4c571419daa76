"""The rehearsal on real data that `serin demo` runs: what does a release look like from training to traffic?"""
