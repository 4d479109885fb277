/** Scripts and other parts that are not ours: beside the page, or from a CDN with a hash that the browser checks. */

/**
 * @param {{url: string, integrity?: string}} part as space.json names it
 * @returns {Promise<string>} an absolute URL that scripts, workers and fonts can be loaded from
 * @throws {Error} it cannot be loaded, or is not the file that was pinned
 */
export async function locate({ url, integrity }) {
  if (!integrity) return new URL(url, import.meta.url).href;
  const answer = await fetch(url, { integrity });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return URL.createObjectURL(await answer.blob());
}
