/** The server, ready to listen: plugins, hooks, routes. */
import { randomUUID } from 'node:crypto'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import { fastifySSE } from '@fastify/sse'
import swagger from '@fastify/swagger'
import fastify, {
  type FastifyError,
  type FastifyReply,
  type FastifyRequest,
  type FastifySchemaValidationError,
} from 'fastify'
import {
  hasZodFastifySchemaValidationErrors,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import type { Installation } from '../app/index.ts'
import { DbmedicError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import { authorize, requireKnownHost, requireNoCondition } from './authenticate.ts'
import { answerBrokenRequest } from './broken-requests.ts'
import { clientAddress } from './client-address.ts'
import type { ApiServer, PanelConfig, ServerContext } from './context.ts'
import { addEtags } from './etag.ts'
import { InTurn } from './in-turn.ts'
import { addKeys, takesKeys } from './keyed.ts'
import { Feed } from './live/feed.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { OPENAPI } from './openapi.ts'
import { addPanelFiles, sendMissingPage } from './panel-files.ts'
import { passkeyPlace } from './passkey-proofs.ts'
import { createPasswords } from './passwords.ts'
import { PROBLEM_TYPE, problemOf } from './problem.ts'
import { rolesToProve } from './required-factor.ts'
import { afterRunRoutes } from './routes/after-run.ts'
import { aroundRoutes } from './routes/around.ts'
import { auditRoutes } from './routes/audit.ts'
import { auditSearchRoutes } from './routes/audit-search.ts'
import { catalogueRoutes } from './routes/catalogue.ts'
import { decisionRoutes } from './routes/decisions.ts'
import { dismissalRoutes } from './routes/dismissals.ts'
import { endingRoutes } from './routes/endings.ts'
import { executionRoutes } from './routes/executions.ts'
import { failureRoutes } from './routes/failures.ts'
import { healthRoutes } from './routes/health.ts'
import { invitationRoutes } from './routes/invitations.ts'
import { issueRoutes } from './routes/issues.ts'
import { liveRoutes } from './routes/live.ts'
import { loginRoutes } from './routes/logins.ts'
import { lookupRoutes } from './routes/lookups.ts'
import { overviewRoutes } from './routes/overview.ts'
import { ownAccountRoutes } from './routes/own-account.ts'
import { passkeySignInRoutes } from './routes/passkey-sign-in.ts'
import { passkeyRoutes } from './routes/passkeys.ts'
import { peopleRoutes } from './routes/people.ts'
import { personRecordRoutes } from './routes/person-records.ts'
import { referenceRoutes } from './routes/reference.ts'
import { secondFactorRoutes } from './routes/second-factor.ts'
import { signInRoutes } from './routes/sign-in.ts'
import { suppressionRoutes } from './routes/suppressions.ts'
import { switchRoutes } from './routes/switches.ts'
import { voteRoutes } from './routes/votes.ts'
import { watchRoutes } from './routes/watches.ts'
import { wishRoutes } from './routes/wishes.ts'
import { answers } from './schemas/parts.ts'
import { keyableHeaders } from './schemas/writes.ts'

/** Largest body, bytes; of reports of errors it is larger. */
const BODY_BYTES = 65_536
/** Largest head of a request, bytes. */
const HEADER_BYTES = 16_384
/** A request must be here within this, ms; its answer within the other. Streams of events are exempt. */
const REQUEST_MS = 15_000
const ANSWER_MS = 30_000

/**
 * The server of an installation that has the serve role.
 * @param answerMs within which an answer must be there; only tests say another.
 * @throws DbmedicError DBM_USAGE without that role.
 */
export async function buildServer(
  installation: Installation,
  panel: PanelConfig,
  answerMs = ANSWER_MS,
): Promise<ApiServer> {
  const context: ServerContext = {
    ...contextOf(installation, panel),
    passkeyPlace: () => passkeyPlace(panel, app.server.address()),
  }
  const app = fastify({
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    handlerTimeout: answerMs,
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    logger: false,
    // What the router refuses before it knows a route passes no hook and no error handler.
    frameworkErrors: (error, request, reply) => answer(request, reply, { error, log: installation.log }),
    routerOptions: { maxParamLength: 200 },
    trustProxy: panel.trustProxy.length === 0 ? false : panel.trustProxy,
    // Without a host Node answers by itself and not with a problem; ours does below, as RFC 9112, 3.2 has it.
    http: { maxHeaderSize: HEADER_BYTES, requireHostHeader: false },
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, REQUEST_MS / 1000),
  }).withTypeProvider<ZodTypeProvider>()
  // An expectation of another kind may be passed over (RFC 9110, 10.1.1); Node would answer 417 without a body.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  const metrics = createMetrics(installation.store, context.feed)
  const ending = new AbortController()
  app.addHook('preClose', async () => ending.abort())
  requireDeclaredRights(app)
  await addPlugins(app, panel)
  addHooks(app, context, metrics)
  addErrors(app, installation.log)
  addRoutes(app, context, { metrics, ending: ending.signal })
  await addPanelFiles(app)
  await app.ready()
  return app
}

function contextOf(installation: Installation, panel: PanelConfig): Omit<ServerContext, 'passkeyPlace'> {
  const { serve, signIn } = installation.store
  if (serve === null || signIn === null)
    throw new DbmedicError('DBM_USAGE', {
      problem: 'the API is served by the role serve, which this process has not',
      hint: 'Start it with: dbmedic start --role serve',
    })
  const feed = new Feed(installation.store, installation.log)
  const passwords = createPasswords()
  const asked = rolesToProve(panel, installation.config.store)
  const codesInTurn = new InTurn()
  return { installation, panel, serve, signIn, feed, passwords, codesInTurn, rolesToProve: asked }
}

/**
 * A route that does not say what it asks for is a mistake of ours: the server does not start with it. One that changes
 * something takes an idempotency key, whether it says so or not.
 */
function requireDeclaredRights(app: ApiServer): void {
  app.addHook('onRoute', (route) => {
    const config = route.config ?? {}
    if (config.right === undefined)
      throw new RangeError(`${String(route.method)} ${route.url} declares no right`)
    if (config.perMinute !== undefined)
      route.config = { ...config, rateLimit: { max: config.perMinute, timeWindow: 60_000 } }
    if (config.keyed === undefined && takesKeys(String(route.method), config))
      route.schema = {
        ...route.schema,
        headers: keyableHeaders,
        response: { ...answers({}, 400, 409, 422), ...(route.schema?.response as object | undefined) },
      }
  })
}

async function addPlugins(app: ApiServer, panel: PanelConfig): Promise<void> {
  await app.register(swagger, OPENAPI)
  await app.register(cookie)
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    hsts: panel.publicUrl?.startsWith('https://') === true,
    crossOriginResourcePolicy: { policy: 'same-origin' },
  })
  await app.register(rateLimit, {
    max: panel.requestsPerMinute,
    timeWindow: 60_000,
    cache: 10_000,
    keyGenerator: (request) => clientAddress(request.ip),
    errorResponseBuilder: (_request, { ttl }) =>
      new DbmedicError('DBM_TOO_MANY_REQUESTS', { seconds: Math.max(1, Math.ceil(ttl / 1000)) }),
  })
  await app.register(fastifySSE, { heartbeatInterval: 15_000 })
}

function addHooks(app: ApiServer, context: ServerContext, metrics: Metrics): void {
  app.decorateRequest('identity', null)
  app.decorateRequest('workspaceId', 1)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    reply.header('permissions-policy', 'camera=(), microphone=(), geolocation=()')
    if (request.routeOptions.config.noStore === true) reply.header('cache-control', 'no-store')
    requireKnownHost(request, context.panel)
    requireNoCondition(request)
    await authorize(context, request)
  })
  addEtags(app)
  addKeys(app, context)
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    const status = reply.statusCode
    metrics.answered({ method: request.method, route, status }, reply.elapsedTime / 1000)
    context.installation.log({
      level: 'debug',
      stage: 'serve',
      message: 'answered',
      method: request.method,
      route,
      status,
      ms: Math.round(reply.elapsedTime),
      request: request.id,
    })
  })
}

function addErrors(app: ApiServer, log: Log): void {
  app.setErrorHandler((error: FastifyError | DbmedicError, request, reply) => {
    answer(request, reply, { error, log })
  })
  app.setNotFoundHandler((request, reply) => {
    if (sendMissingPage(request, reply)) return
    const hint = 'The addresses of the API: /api/reference, for programs /api/openapi.json'
    const missing = new DbmedicError('DBM_NOT_FOUND', { kind: 'address', id: 'like this', hint })
    answer(request, reply, { error: missing, log })
  })
}

function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  what: { readonly error: FastifyError | DbmedicError; readonly log: Log },
): void {
  const { error, log } = what
  const problem = problemOf(stated(error, request.routeOptions.bodyLimit ?? BODY_BYTES), request.id)
  if (problem.status >= 500)
    log({
      level: 'error',
      stage: 'serve',
      ...errorFields(error),
      request: request.id,
      status: problem.status,
    })
  const errors = hasZodFastifySchemaValidationErrors(error)
    ? error.validation.slice(0, 20).map((each) => differenceOf(error, each))
    : undefined
  void reply
    // The router refuses some before any hook has run.
    .header('x-request-id', request.id)
    .header('x-content-type-options', 'nosniff')
    .code(problem.status)
    .type(PROBLEM_TYPE)
    .serializer((body: unknown) => JSON.stringify(body))
    .send(errors === undefined ? problem : { ...problem, errors })
}

/** What fastify itself refuses, in our words. */
function stated(error: FastifyError | DbmedicError, bodyLimit: number): unknown {
  if (error instanceof DbmedicError) return error
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new DbmedicError('DBM_REQUEST_TOO_LARGE', { limit: bodyLimit })
  if (error.code === 'FST_ERR_HANDLER_TIMEOUT')
    return new DbmedicError('DBM_REQUEST_TIMEOUT', { seconds: ANSWER_MS / 1000 }, error)
  const status = error.statusCode ?? 500
  if (status < 400 || status >= 500) return error
  const [first] = hasZodFastifySchemaValidationErrors(error) ? error.validation : []
  const difference = first === undefined ? null : differenceOf(error, first)
  const problem = difference === null ? 'it cannot be read' : `${difference.path}: ${difference.message}`
  return new DbmedicError('DBM_REQUEST_INVALID', { problem }, error)
}

/** Where a request differs from its schema. Names somebody made up are not repeated, values never are. */
function differenceOf(
  error: FastifyError,
  { instancePath, keyword, message = 'not valid' }: FastifySchemaValidationError,
): { readonly path: string; readonly message: string } {
  const path = `${error.validationContext ?? 'request'}${instancePath}`
  return {
    path: PLAIN_PATH.test(path) ? path : `${error.validationContext ?? 'request'}/…`,
    message:
      keyword === 'unrecognized_keys' && !PLAIN_NAMES.test(message)
        ? 'a member that this address does not take'
        : message.slice(0, 300),
  }
}

/** Members as schemas name them. */
const PLAIN_PATH = /^[\w/.-]{1,200}$/
const PLAIN_NAMES = /^Unrecognized keys?: "\w{1,40}"(?:, "\w{1,40}"){0,4}$/

function addRoutes(
  app: ApiServer,
  context: ServerContext,
  parts: { readonly metrics: Metrics; readonly ending: AbortSignal },
): void {
  overviewRoutes(app, context)
  catalogueRoutes(app, context)
  aroundRoutes(app, context)
  lookupRoutes(app, context)
  issueRoutes(app, context)
  decisionRoutes(app, context)
  executionRoutes(app, context)
  voteRoutes(app, context)
  endingRoutes(app, context)
  dismissalRoutes(app, context)
  suppressionRoutes(app, context)
  afterRunRoutes(app, context)
  switchRoutes(app, context)
  wishRoutes(app, context)
  auditRoutes(app, context)
  failureRoutes(app, context)
  watchRoutes(app, context)
  auditSearchRoutes(app, context, parts.ending)
  liveRoutes(app, context, parts.ending)
  signInRoutes(app, context)
  ownAccountRoutes(app, context)
  secondFactorRoutes(app, context)
  passkeySignInRoutes(app, context)
  passkeyRoutes(app, context)
  peopleRoutes(app, context)
  loginRoutes(app, context)
  personRecordRoutes(app, context)
  invitationRoutes(app, context)
  healthRoutes(app, context, parts.metrics)
  referenceRoutes(app)
}
