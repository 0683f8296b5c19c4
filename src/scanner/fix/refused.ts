/** Refusing is a value: why no fix is offered, as half a sentence without a full stop. */
export interface Refused {
  readonly refused: string
}

/** Whether an answer is a refusal. */
export const isRefused = (answer: unknown): answer is Refused =>
  typeof answer === 'object' && answer !== null && 'refused' in answer
