"""Cases: prompt response. Intake, dispatch, deadlines, call-back, judgement by the caller."""
