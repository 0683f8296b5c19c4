/**
 * Idempotency keys: a change that is asked for twice under one key is done once, and answered the same
 * (draft-ietf-httpapi-idempotency-key-header). A refusal gives its key back, because it changed nothing. An answer that
 * holds a secret is kept sealed under the key, which only the caller has.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { FastifyContextConfig, FastifyRequest } from 'fastify'
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
    /**
     * True: asks for an idempotency key, and does what it does once for each. Absent: every other change by somebody
     * who is signed in takes one that is sent. False: changes nothing, and takes none.
     */
    keyed?: boolean
  }
  interface FastifyRequest {
    /** Digest of the key this request holds; null: none. */
    heldKey: string | null
  }
}

/** Requests that change nothing, by their method alone. */
const READS = ['GET', 'HEAD', 'OPTIONS']

/** Does a route take keys? What is public has nobody they could belong to, and is done once by its link or not at all. */
export function takesKeys(method: string, { keyed, right }: FastifyContextConfig): boolean {
  return keyed ?? (right !== 'public' && !READS.includes(method))
}

/** Makes every change take a key. The schema of a route with `keyed` asks for the header. */
export function addKeys(app: ApiServer, { signIn, installation }: ServerContext): void {
  app.decorateRequest('heldKey', null)
  app.addHook('preHandler', async (request, reply) => {
    const { config } = request.routeOptions
    const key = keyOf(request)
    if (key === null || !takesKeys(request.method, config)) return
    const { person, token } = identityOf(request)
    const keyDigest = digestOf(canonicalJson([person.userName.toLowerCase(), token?.tokenId ?? null, key]))
    const body = withoutSecrets((request.body ?? null) as Json)
    const known = await signIn.claimKey({
      keyDigest,
      userName: person.userName,
      requestDigest: digestOf(canonicalText([request.method, request.url, body])),
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
        return reply.code(known.status).send(opened(known.answer, key) ?? undefined)
    }
  })
  app.addHook('onSend', async (request, reply, payload) => {
    const { heldKey } = request
    if (heldKey === null) return payload
    request.heldKey = null
    try {
      const text = typeof payload === 'string' ? payload : ''
      const { statusCode } = reply
      const body = text === '' ? null : (JSON.parse(text) as Json)
      const secret = request.routeOptions.config.noStore === true
      if (statusCode < 300)
        await signIn.keepAnswer(heldKey, {
          status: statusCode,
          body: secret ? sealed(body, keyOf(request) ?? '') : body,
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

/** The key that was sent; null: none. */
function keyOf({ headers }: FastifyRequest): string | null {
  const key = headers['idempotency-key']
  return typeof key === 'string' ? key : null
}

const CIPHER = 'aes-256-gcm'
const SEALED = 'sealed'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Of the store's digest of a key nothing can be opened: that one is over other words. */
const sealingKey = (key: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', 'dbmedic/answer/1', 32))

/** An answer only who has the key can read (AES-256-GCM under HKDF of the key). */
function sealed(body: Json, key: string): Json {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, sealingKey(key), nonce)
  const bytes = Buffer.concat([
    cipher.update(canonicalJson(body), 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ])
  return { [SEALED]: Buffer.concat([nonce, bytes]).toString('base64') }
}

/** What `sealed` gave, opened; any other answer as it is. */
function opened(answer: Json, key: string): Json {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return answer
  const text = (answer as { readonly [name: string]: Json })[SEALED]
  if (typeof text !== 'string') return answer
  const bytes = Buffer.from(text, 'base64')
  const decipher = createDecipheriv(CIPHER, sealingKey(key), bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
  return JSON.parse(plain.toString('utf8')) as Json
}

/** Members of bodies that prove who asks. */
const SECRETS = ['password', 'current', 'code', 'passkey']

/** @throws DbmedicError DBM_REQUEST_INVALID for numbers and texts that are not the same when written again */
function canonicalText(request: Json): string {
  try {
    return canonicalJson(request)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const problem = 'a number is beyond 2^53, a text is not whole Unicode, or it is more than 60 levels deep'
    throw new DbmedicError('DBM_REQUEST_INVALID', { problem }, error)
  }
}

/** A digest of a password that was typed wrong once would differ from the right one's, and be kept. */
function withoutSecrets(body: Json): Json {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  return Object.fromEntries(Object.entries(body).filter(([name]) => !SECRETS.includes(name))) as Json
}

function isUndone(type: unknown, text: string): boolean {
  if (type !== PROBLEM_TYPE && !String(type).startsWith(PROBLEM_TYPE)) return false
  return NOTHING_DONE.includes(String((JSON.parse(text) as { readonly code?: unknown }).code))
}
