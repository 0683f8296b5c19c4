/** Which expressions are what a client sent, and which calls give rows: by the names the frameworks give them. */
import type { CallExpression, Node } from 'oxc-parser'
import type { At } from './place.ts'
import { bindingOf } from './place.ts'
import { type Binding, bare, calleePath } from './scopes.ts'

/** Names of request objects in Express, Fastify, Koa, Hapi, Hono, Nest, Next, Lambda and Workers. */
const REQUEST = /^(req|request|_req|ctx|context|c|event|evt|r|koaCtx|httpRequest|nextRequest)$/
const SURE_REQUEST = /^(req|request|_req|httpRequest|nextRequest)$/
/** What of them a client decides. */
const CLIENT_PARTS =
  /^(body|query|params|headers|cookies|payload|queryStringParameters|pathParameters|multiValueQueryStringParameters|rawBody|files|file|searchParams|param|rawQuery|originalUrl|url|path|hostname|ip)$/
/** Parts that only together with a certain name mean a client's input. */
const WEB_PARTS =
  /^(body|query|params|headers|cookies|payload|queryStringParameters|pathParameters|req|request)$/

/** Nest's and tRPC's decorators that bind a parameter to a request. */
const DECORATORS =
  /^(Body|Query|Param|Params|Headers|Cookies|Req|Request|QueryParam|QueryParams|HeaderParam|BodyParam|Args)$/

/** Whether an expression is, or is taken from, what a client sent. */
export function requestRoot(at: At): boolean {
  const node = bare(at.node)
  if (node.type === 'Identifier') return ofName(node.name, at)
  const path = calleePath(node.type === 'CallExpression' ? (node.callee as Node) : node)
  return isRequestPath(path, at)
}

function isRequestPath(path: readonly string[], at: At): boolean {
  const [root = '', ...rest] = path
  if (/searchParams|formData/i.test(root) && /^(get|getAll)$/.test(rest.at(-1) ?? '')) return true
  if (root === 'this') return REQUEST.test(rest[0] ?? '') && isRequestPath(rest, at)
  if (SURE_REQUEST.test(root)) return rest.some((part) => CLIENT_PARTS.test(part))
  return REQUEST.test(root) && isContextPath(path, at)
}

/** A path that begins with a word that may also mean something else than a request's context. */
function isContextPath([root = '', ...rest]: readonly string[], at: At): boolean {
  // `ctx.query(...)` is a query, `ctx.query.id` a client's word.
  const first = rest[0] ?? ''
  if (!WEB_PARTS.test(first)) return false
  if (first === 'req' || first === 'request') return rest.slice(1).some((part) => CLIENT_PARTS.test(part))
  return rest.length > 1 && isParameter(root, at)
}

const isParameter = (name: string, at: At): boolean => bindingOf(name, at)?.kind === 'parameter'

function ofName(name: string, at: At): boolean {
  const binding = bindingOf(name, at)
  if (binding === undefined) return false
  if (binding.kind === 'parameter') return isDecorated(binding) || fromRequest(binding)
  if (binding.kind !== 'variable' || binding.from === null) return false
  const source = bare(binding.from)
  const path = calleePath(source)
  return source.type === 'Identifier'
    ? SURE_REQUEST.test(source.name) && CLIENT_PARTS.test(binding.path[0] ?? '')
    : source.type === 'MemberExpression' && isRequestPath([...path, ...binding.path], at)
}

/** `({ body }, res) => ...` of a handler. */
function fromRequest(binding: Binding): boolean {
  const fn = binding.node
  if (binding.index !== 0 || binding.path.length === 0 || !('params' in fn)) return false
  const second = (fn.params as readonly Node[])[1]
  const isHandler = second?.type === 'Identifier' && /^(res|reply|response|h)$/.test(second.name)
  return isHandler && CLIENT_PARTS.test(binding.path[0] ?? '')
}

function isDecorated(binding: Binding): boolean {
  if (!('params' in binding.node)) return false
  const parameter = (binding.node.params as readonly Node[])[binding.index]
  const decorators =
    parameter !== undefined && 'decorators' in parameter ? (parameter.decorators as readonly Node[]) : []
  return decorators.some((each) => {
    const expression = each.type === 'Decorator' ? bare(each.expression as Node) : each
    const path = calleePath(expression.type === 'CallExpression' ? (expression.callee as Node) : expression)
    const given = expression.type === 'CallExpression' ? (expression.arguments as readonly Node[]) : []
    return DECORATORS.test(path.at(-1) ?? '') && !given.some(isPipe)
  })
}

/** `@Param('id', ParseIntPipe)`: what does not have the form is refused before. */
const isPipe = (argument: Node): boolean => {
  const named = argument.type === 'NewExpression' ? (argument.callee as Node) : argument
  return /^Parse(Int|Float|Bool|UUID|Enum|Date)Pipe$/.test(calleePath(named).at(-1) ?? '')
}

const QUERYING =
  /^(query|execute|all|get|each|any|one|many|none|oneOrNone|manyOrNone|first|select|raw|\$queryRaw|\$queryRawUnsafe|queryRaw|findMany|findOne|findAll|find|findFirst|findUnique|fetchAll|fetchOne|getMany|getRawMany)$/
const DATABASE =
  /^(db|database|pool|client|conn|connection|knex|sequelize|prisma|trx|tx|sql|pg|mysql|stmt|statement|manager|repository|repo|queryRunner|dataSource|em|cursor)$/i

/** Whether a callback's parameter is what a statement written in the call answers: `tx.query('SELECT …', (error, rows) => …)`. */
export function answersRows(call: CallExpression, index: number): boolean {
  const method = calleePath(call.callee as Node).at(-1) ?? ''
  const [first] = call.arguments
  if (index < 1 || first === undefined || !QUERYING.test(method)) return false
  const text = bare(first as Node)
  const beginning =
    text.type === 'Literal' ? text.value : text.type === 'TemplateLiteral' ? text.quasis[0]?.value.raw : ''
  return typeof beginning === 'string' && /^\s*(select|with|insert|update|delete|show)\b/i.test(beginning)
}

/** Whether a call of this path answers with rows of a database. */
export function isRowSource(path: readonly string[]): boolean {
  const method = path.at(-1) ?? ''
  if (!QUERYING.test(method)) return false
  return path
    .slice(0, -1)
    .some((part) => DATABASE.test(part) || /(Repository|Model|Pool|Db|Client|Stmt)$/.test(part))
}
