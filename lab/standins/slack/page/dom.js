/**
 * Builds nodes. Must never happen: text that becomes markup; so there is no innerHTML anywhere, only nodes and text.
 */

/**
 * An element with these properties (`class`, `on: {event: listener}`, any attribute; false and undefined are left out)
 * and children (nodes, texts, lists of them).
 */
export function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false || value === null) continue;
    if (name === 'on') for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(
    ...children
      .flat(Number.POSITIVE_INFINITY)
      .filter((child) => child !== undefined && child !== null && child !== false && child !== ''),
  );
  return node;
}

/** Posts to the steering; resolves with its answer, or with `{ok: false}` when it cannot be reached. */
export async function post(path, body) {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`/test/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return await response.json();
  } catch {
    return { ok: false, error: 'unreachable' };
  }
}

/** `14:05` of a Slack ts. */
export function clock(ts) {
  return new Date(Number(ts) * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}
