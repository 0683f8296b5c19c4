/** Reads what the server said about a statement: its warnings, and the result rows of maintenance statements. */
import type { ServerMessage } from '../../../core/nouns.ts'
import { number, type Row, textOrEmpty } from '../cells.ts'
import { maskMessage } from './mask-message.ts'

/** Messages kept a step; the servers keep 64 by default (`max_error_count`). */
export const MESSAGES_MAX = 64

/** Rows of SHOW WARNINGS. */
export function warningMessages(rows: readonly Row[]): readonly ServerMessage[] {
  return rows.slice(0, MESSAGES_MAX).map((row) => {
    const code = number(row['Code'])
    return {
      level: textOrEmpty(row['Level']),
      code: code ?? '',
      text: maskMessage(textOrEmpty(row['Message']), code),
    }
  })
}

/**
 * Result rows of ANALYZE, OPTIMIZE, CHECK and REPAIR TABLE (Table, Op, Msg_type, Msg_text). They report failure as
 * rows while the statement itself succeeds. Any other result set gives no message: its rows may be data.
 */
export function maintenanceMessages(rows: readonly Row[]): readonly ServerMessage[] {
  return rows
    .filter((row) => 'Msg_type' in row)
    .slice(0, MESSAGES_MAX)
    .map((row) => {
      const text = textOrEmpty(row['Msg_text'])
      return {
        level: levelOf(textOrEmpty(row['Msg_type']), text),
        code: textOrEmpty(row['Op']),
        text: maskMessage(text, null),
      }
    })
}

/** Status texts of https://dev.mysql.com/doc/refman/8.4/en/check-table.html that are failures all the same. */
const FAILED_STATUS = /fail|corrupt|denied|not supported|upgrade required|doesn'?t exist/i

function levelOf(type: string, text: string): string {
  const word = type.toLowerCase()
  if (word === 'error' || (word === 'status' && FAILED_STATUS.test(text))) return 'Error'
  return word === 'status' || word === 'info' || word === 'note' ? 'Note' : 'Warning'
}

/** Whether none of them is an error. */
export function saysOk(messages: readonly ServerMessage[]): boolean {
  return messages.every((message) => message.level !== 'Error')
}
