/** Ten kilobytes of HTML with five slots and an unsubscribe link. */
export const HTML = `<html><body>${'<p>Lorem ipsum dolor sit amet, consectetur adipiscing elit</p>'.repeat(160)}<p>{{name}}, {{plan}}</p><p>{{city}}: {{points}}</p><a href="{{link}}">shop</a> <a href="{{unsubscribeUrl}}">stop</a></body></html>`;
