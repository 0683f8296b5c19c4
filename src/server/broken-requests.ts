/** Answers to bytes that are no request: the parser refuses them before there is a route, a hook or an error handler. */
import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { DbmedicError } from '../core/errors.ts'
import { PROBLEM_TYPE, problemOf } from './problem.ts'

/** What the parser says (https://nodejs.org/api/http.html#event-clienterror), in our words. */
function stated(code: string | undefined, requestSeconds: number): DbmedicError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new DbmedicError('DBM_HEADERS_TOO_LARGE')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new DbmedicError('DBM_REQUEST_LATE', { seconds: requestSeconds })
    default:
      return new DbmedicError('DBM_REQUEST_INVALID', { problem: 'it is not HTTP' })
  }
}

/** Answers with a problem and ends the connection: what follows on it could be read as anything. */
export function answerBrokenRequest(
  error: NodeJS.ErrnoException,
  socket: Socket,
  requestSeconds: number,
): void {
  // The other side is gone, or an answer is on its way already.
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  const problem = problemOf(stated(error.code, requestSeconds), randomUUID())
  const body = JSON.stringify(problem)
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
      `content-type: ${PROBLEM_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${problem.requestId}`,
      'x-content-type-options: nosniff',
      'cache-control: no-store',
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
