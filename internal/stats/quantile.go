package stats

// StudentWithin is the t that a value of Student's t distribution with so many degrees
// of freedom is within, on both sides of 0, with the probability confidence (0..1, both
// excluded). For one side at a chance of error a, ask for 1-2a.
func StudentWithin(confidence, degrees float64) float64 { return studentWithin(confidence, degrees) }
