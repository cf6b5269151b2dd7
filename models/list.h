/* Every model. Add a line here and a file beside it. */
X(unet)
X(resnet)
X(patchgan)
X(pixelgan)
