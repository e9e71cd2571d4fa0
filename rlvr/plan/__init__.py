"""What a run needs before it is paid for: memory and time of each stage, from the shape of the model.

Estimates, each with what it is made of. Counts of parameters are exact; activations are those of the usual decoder
layer; times assume a share of the device's peak that the table states.
"""
