/** What made a results file: this program and its version. */
export const PROGRAM = "Scorelay 0.1.0";
