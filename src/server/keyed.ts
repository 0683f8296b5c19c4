/**
 * Idempotency keys: a change that is asked for twice under one key is done once, and answered the same
 * (draft-ietf-httpapi-idempotency-key-header). A refusal gives its key back, because it changed nothing.
 */
import { canonicalJson, type Json } from '../core/canonical.ts'
import { DbmedicError } from '../core/errors.ts'
import { errorFields } from '../core/log.ts'
import { type ApiServer, identityOf, type ServerContext } from './context.ts'
import { PROBLEM_TYPE } from './problem.ts'
import { digestOf } from './secrets.ts'

/** Answers are kept this long, seconds. */
const KEPT_SECONDS = 86_400
/** Refusals of the store that say for certain that nothing was written. */
const NOTHING_DONE = ['DBM_STORE_BUSY', 'DBM_STORE_FULL', 'DBM_STORE_READ_ONLY']

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Takes an idempotency key, and does what it does once for each. */
    keyed?: boolean
  }
  interface FastifyRequest {
    /** Digest of the key this request holds; null: none. */
    heldKey: string | null
  }
}

/** Makes every route with `keyed` take a key. Its schema must ask for the header. */
export function addKeys(app: ApiServer, { signIn, installation }: ServerContext): void {
  app.decorateRequest('heldKey', null)
  app.addHook('preHandler', async (request, reply) => {
    if (request.routeOptions.config.keyed !== true) return
    const { person, token } = identityOf(request)
    const key = String(request.headers['idempotency-key'])
    const keyDigest = digestOf(canonicalJson([person.userName.toLowerCase(), token?.tokenId ?? null, key]))
    const body = withoutSecrets((request.body ?? null) as Json)
    const known = await signIn.claimKey({
      keyDigest,
      userName: person.userName,
      requestDigest: digestOf(canonicalJson([request.method, request.url, body])),
      lifetimeSeconds: KEPT_SECONDS,
    })
    switch (known.state) {
      case 'new':
        request.heldKey = keyDigest
        return
      case 'other':
        throw new DbmedicError('DBM_KEY_REUSED')
      case 'open':
        throw new DbmedicError('DBM_KEY_OPEN')
      case 'full':
        throw new DbmedicError('DBM_TOO_MANY_REQUESTS', { seconds: 3600 })
      case 'answered':
        reply.header('idempotency-replayed', 'true')
        return reply.code(known.status).send(known.answer ?? undefined)
    }
  })
  app.addHook('onSend', async (request, reply, payload) => {
    const { heldKey } = request
    if (heldKey === null) return payload
    request.heldKey = null
    try {
      const text = typeof payload === 'string' ? payload : ''
      const { statusCode } = reply
      if (statusCode < 300)
        await signIn.keepAnswer(heldKey, {
          status: statusCode,
          body: text === '' ? null : (JSON.parse(text) as Json),
        })
      else if (statusCode < 500 || isUndone(reply.getHeader('content-type'), text))
        await signIn.releaseKey(heldKey)
    } catch (error) {
      // The change is done and its answer goes out; only asking again will not be answered.
      installation.log({ level: 'warn', stage: 'serve', ...errorFields(error), request: request.id })
    }
    return payload
  })
}

/** A digest of a password that was typed wrong once would differ from the right one's, and be kept. */
function withoutSecrets(body: Json): Json {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'password')) as Json
}

function isUndone(type: unknown, text: string): boolean {
  if (type !== PROBLEM_TYPE && !String(type).startsWith(PROBLEM_TYPE)) return false
  return NOTHING_DONE.includes(String((JSON.parse(text) as { readonly code?: unknown }).code))
}
