"""A recorded run again, without a model: against today's data, or from the model's recorded lines."""
