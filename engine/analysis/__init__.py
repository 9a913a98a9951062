"""What a network computes, before it computes: shapes, parameters, cost, receptive field, problems."""
