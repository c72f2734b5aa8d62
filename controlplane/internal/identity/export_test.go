package identity

// StepOf is what tells right codes from wrong ones.
var StepOf = stepOf
