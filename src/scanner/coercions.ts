/** Conversions written around values, and the type an expression can only have. */
import type { CallExpression, Node } from 'oxc-parser'
import type { CodeValue, Coercion } from '../rules/index.ts'
import { type At, behind, bindingOf, deeper } from './place.ts'
import { bare, calleePath, propertyOf } from './scopes.ts'

/** Functions that make a number of anything, by their dotted names. */
export const TO_NUMBER = /^(parseInt|parseFloat|Number|BigInt|Number\.(parseInt|parseFloat))$/

/** The conversion written around a value, also where it was put into a constant first. */
export function coercionOf(at: At): Coercion | null {
  const node = bare(at.node)
  if (
    node.type === 'UnaryExpression' &&
    node.operator === '+' &&
    bare(node.argument as Node).type !== 'Literal'
  )
    return { to: 'number', by: 'unary +' }
  if (node.type === 'CallExpression') return ofConversion(node)
  if (node.type !== 'Identifier') return null
  const binding = bindingOf(node.name, at)
  if (binding?.kind !== 'variable' || binding.path.length > 0 || binding.writes.length > 0) return null
  const next = deeper(at.place)
  return binding.from === null || next === null ? null : coercionOf({ node: binding.from, place: next })
}

function ofConversion(node: CallExpression): Coercion | null {
  const path = calleePath(node.callee as Node)
  const whole = path.join('.')
  const argument = node.arguments[0]
  if (TO_NUMBER.test(whole) && argument !== undefined && argument.type !== 'Literal')
    return { to: 'number', by: whole }
  if (whole === 'String' && argument !== undefined) return { to: 'string', by: 'String' }
  return path.length > 1 && path.at(-1) === 'toString' && argument === undefined
    ? { to: 'string', by: 'toString' }
    : null
}

/** The type an expression can only have. */
export function typeOf(at: At): CodeValue['type'] {
  const node = bare(at.node)
  if (node.type === 'Literal') return ofLiteral(node.value)
  if (node.type === 'TemplateLiteral') return 'string'
  const to = coercionOf(at)?.to
  if (to === 'number' || to === 'string') return to
  if (node.type === 'MemberExpression' && propertyOf(node) === 'length') return 'number'
  const further = behind(at)
  return further !== null && bare(further.node).type === 'Literal' ? typeOf(further) : null
}

function ofLiteral(value: unknown): CodeValue['type'] {
  if (value === null) return 'null'
  const type = typeof value
  return type === 'number' || type === 'string' || type === 'boolean' ? type : null
}
