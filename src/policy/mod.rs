//! Rule sets, their evaluation, findings and verdicts.
