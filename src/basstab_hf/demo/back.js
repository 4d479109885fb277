// The back of the page where a server answers: a message goes to `ask`, events come as lines of JSON until the last one.

window.BACK = {
  ask(message, onEvent = () => {}) {
    const leaving = new AbortController();
    return { promise: answered(message, onEvent, leaving.signal), cancel: () => leaving.abort() };
  },
};

// Told with each request, so that visitors are served in turn: a number of this window, which nothing keeps.
const visitor = [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("");

async function answered(message, onEvent, signal) {
  const headers = { "Content-Type": "application/json", "X-Visitor": visitor };
  let answer;
  try {
    answer = await fetch("ask", { method: "POST", headers, body: JSON.stringify(message), signal });
  } catch (error) {
    if (signal.aborted) throw error;
    return { error: "The server does not answer: is basstab demo still running, and the network there?" };
  }
  if (!answer.ok) return errorOf(answer);
  let rest = "";
  for await (const chunk of texts(answer.body)) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const event of lines.map(JSON.parse)) {
      if (event.done || event.error) return event;
      onEvent(event);
    }
  }
  return { error: "The server broke off in the middle: try again." };
}

async function errorOf(answer) {
  try {
    return { error: (await answer.json()).error };
  } catch {
    return { error: `The server answers ${answer.status} ${answer.statusText}.` };
  }
}

async function* texts(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
