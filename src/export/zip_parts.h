/* Signatures and sizes of the parts of a ZIP archive (PKWARE's APPNOTE, section 4.3). */
#ifndef GAN_EXPORT_ZIP_PARTS_H
#define GAN_EXPORT_ZIP_PARTS_H

enum {
    GAN_ZIP_LOCAL = 0x04034b50,
    GAN_ZIP_CENTRAL = 0x02014b50,
    GAN_ZIP_END = 0x06054b50,
    GAN_ZIP_LOCATOR = 0x07064b50, /* of the zip64 end */
    GAN_ZIP_END64 = 0x06064b50
};

enum { /* bytes, without names, extra fields and comments */
       GAN_ZIP_LOCAL_BYTES = 30,
       GAN_ZIP_CENTRAL_BYTES = 46,
       GAN_ZIP_END_BYTES = 22,
       GAN_ZIP_LOCATOR_BYTES = 20,
       GAN_ZIP_END64_BYTES = 56
};

#endif
