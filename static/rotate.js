// A picture turned by a quarter to the right, as a new file.
const QUALITY = 0.92;

// Resolves with `source`, a file or the node of a picture, turned: a file called `name`, as JPEG with that `type`, else
// as PNG. Rejects for what no browser shows.
export async function turned(source, name, type) {
  const picture = await createImageBitmap(source); // as displayed: its EXIF turn is applied
  const canvas = document.createElement("canvas");
  canvas.width = picture.height;
  canvas.height = picture.width;
  const context = canvas.getContext("2d");
  context.translate(canvas.width, 0);
  context.rotate(Math.PI / 2);
  context.drawImage(picture, 0, 0);
  picture.close();
  const kind = type === "image/jpeg" ? type : "image/png";
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, kind, QUALITY));
  return new File([blob], name, { type: kind });
}
