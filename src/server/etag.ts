/** ETags: what a reader has already is not sent again (RFC 9110, 13.1.2). */
import { createHash } from 'node:crypto'
import type { ApiServer } from './context.ts'

/** Adds an ETag to every whole answer to a GET, and answers 304 where the reader named it. */
export function addEtags(app: ApiServer): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.method !== 'GET' || reply.statusCode !== 200 || typeof payload !== 'string') return payload
    if (reply.getHeader('cache-control') === 'no-store') return payload
    const tag = `"${createHash('sha256').update(payload, 'utf8').digest('base64url').slice(0, 27)}"`
    reply.header('etag', tag)
    // A shared cache must not keep it, and a private one must ask.
    reply.header('cache-control', 'private, no-cache')
    reply.header('vary', 'cookie, authorization')
    if (!names(request.headers['if-none-match'], tag)) return payload
    reply.code(304)
    reply.removeHeader('content-type')
    return ''
  })
}

const names = (header: string | undefined, tag: string): boolean =>
  header
    ?.split(',')
    .map((each) => each.trim().replace(/^W\//, ''))
    .some((each) => each === tag || each === '*') ?? false
