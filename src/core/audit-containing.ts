/** Looking through the audit chain by the words of its links. */

/** Links from one number to another whose text holds what is looked for. */
export interface AuditContaining {
  readonly from: number
  readonly to: number
  /** Only of this kind, the table of the row that changed: looked up, so that no other link is read. Absent: any. */
  readonly kind?: string
  /** Each must be there; none: every link. */
  readonly contains: readonly AuditText[]
  /** At most 1000. */
  readonly limit: number
}

/** One of several texts, exactly; with `anyCase`, which takes three times as long, texts in lower case. */
export interface AuditText {
  readonly oneOf: readonly string[]
  readonly anyCase?: true
}
