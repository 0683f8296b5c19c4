/** A state, severity, risk or verdict as a small label. */
import { Badge } from '@mantine/core'
import { colourOf, wordsOf } from './words.ts'

/** The label. `what` is read before it by screen readers: "Severity: Critical". */
export function CodeBadge({ code, what }: { readonly code: string; readonly what?: string }) {
  return (
    <Badge color={colourOf(code)} variant="filled" radius="sm" className="code-badge">
      {what !== undefined && <span className="unseen">{what}: </span>}
      {wordsOf(code)}
    </Badge>
  )
}
