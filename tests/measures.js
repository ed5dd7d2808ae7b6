/* What a page of a villager is measured by, in the browser that draws it; returns one line for each fault. */
({isElder}) => {
  const least = isElder ? {target: 60, type: 18} : {target: 44, type: 14};
  const faults = [];
  const where = node => {
    const words = (node.getAttribute('aria-label') || node.textContent || node.name || '').trim().replace(/\s+/g, ' ').slice(0, 30);
    return `<${node.tagName.toLowerCase()}${node.id ? ` id=${node.id}` : ''} class="${node.getAttribute('class') || ''}"> ${words}`;
  };
  const isSeen = node => {
    const box = node.getBoundingClientRect(), style = getComputedStyle(node);
    return box.width > 1 && box.height > 1 && box.right > 0 && style.visibility !== 'hidden' && style.opacity !== '0';
  };

  // A link in running text is as high as its line (WCAG 2.5.5 and 2.5.8 except it); standing alone it is a target.
  const isInSentence = node => {
    if (node.tagName !== 'A' || getComputedStyle(node).display !== 'inline') return false;
    const block = node.closest('p, li, dd, dt, td, th, legend, .note, div');
    let around = block ? block.textContent : '';
    for (const link of block ? block.querySelectorAll('a') : []) around = around.replace(link.textContent, '');
    return /[\p{L}\p{N}]/u.test(around);
  };
  for (const node of document.querySelectorAll('a[href], button, input, select, textarea, summary, label')) {
    if (node.type === 'hidden' || !isSeen(node) || isInSentence(node)) continue;
    let target = node;
    if (node.tagName === 'LABEL') {
      if (!node.control || !/^(checkbox|radio)$/.test(node.control.type)) continue;
    } else if (/^(checkbox|radio)$/.test(node.type) && node.labels.length) {
      continue; // its label is what is touched
    }
    const {width, height} = target.getBoundingClientRect();
    if (width < least.target - 0.5 || height < least.target - 0.5) {
      faults.push(`target ${Math.round(width)} × ${Math.round(height)}: ${where(node)}`);
    }
  }

  const parts = colour => (colour.match(/[\d.]+/g) || []).map(Number);
  const over = (top, below) => {
    const alpha = top.length > 3 ? top[3] : 1;
    return [0, 1, 2].map(i => top[i] * alpha + below[i] * (1 - alpha));
  };
  const ground = node => {
    const layers = [];
    for (let each = node; each; each = each.parentElement) {
      const colour = parts(getComputedStyle(each).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) layers.push(colour);
      if (colour.length < 4 || colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const light = colour => {
    const [r, g, b] = colour.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  // What is said beside the main thing may be smaller, down to 18, and so may sheets to be printed: classes say so.
  const ASIDE = '.least, .soft, .tag, dt, table, svg, .number, .card-head > a, .back, .say, .sheet';
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const node = text.parentElement, words = text.textContent.trim();
    if (!words || !isSeen(node) || /^(SCRIPT|STYLE|TITLE|OPTION)$/.test(node.tagName) || node.closest('[aria-hidden=true], .skip, .unseen, .hidden-label')) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const lines = new Set(Array.from(range.getClientRects(), box => Math.round(box.top)));
    if (!lines.size) continue;
    const style = getComputedStyle(node), svg = node.ownerSVGElement;
    const size = parseFloat(style.fontSize) * (svg ? svg.getScreenCTM().a : 1);
    if (size < (isElder && !node.closest(ASIDE) ? 24 : least.type) - 0.1) faults.push(`type ${size.toFixed(1)}: ${where(node)}`);
    const spacing = parseFloat(style.lineHeight) / parseFloat(style.fontSize);
    if (isElder && lines.size > 1 && !(spacing >= 1.29)) faults.push(`lines ${spacing.toFixed(2)}: ${where(node)}`);
    const below = svg ? ground(svg.parentElement) : ground(node);
    const [high, low] = [light(over(parts(svg ? style.fill : style.color), below)), light(below)].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(2)}: ${where(node)}`);
  }
  return faults;
}
