/** Who is counted as one asker: an IPv4 address, or the network of an IPv6 address. */
import { isIPv6 } from 'node:net'

const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i
/** Groups of 16 bits in an IPv6 address, and in the part of it that names a network. */
const [GROUPS, NETWORK_GROUPS] = [8, 4]

/**
 * The address failures and requests are counted for. One customer has at least a /64 of IPv6 (RFC 6177) and an address
 * for each try, so those count together; IPv4 in IPv6 (RFC 4291, 2.5.5.2) is the address it stands for.
 */
export function clientAddress(ip: string): string {
  const [plain = ''] = ip.split('%')
  const mapped = MAPPED.exec(plain)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(plain)) return ip
  // The URL parser writes every IPv6 address one way: groups in hexadecimal, the longest run of zeros as ::
  const whole = new URL(`http://[${plain}]`).hostname.slice(1, -1)
  const [head = '', tail] = whole.split('::')
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')]
  const zeros = tail === undefined ? 0 : GROUPS - before.length - after.length
  const groups = [...before, ...new Array<string>(zeros).fill('0'), ...after]
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`
}

const groupsOf = (text: string): readonly string[] => (text === '' ? [] : text.split(':'))
