// The weights of the next product: from their memory, or the beat that the stream has just brought.
//
// The stream is AXI4-Stream; tready_o depends on nothing of it. ready_i asks for a beat, which weight_o has in the next cycle
// when streamed_i. A matrix that was taken in part when the engine was interrupted is thrown away up to its TLAST. The bus
// writes and reads while nothing runs; data follow the read in the next cycle.
module stoic_weight_port #(
  parameter bit [31:0] Lanes = 16,
  parameter bit [31:0] WeightWidth = 8,
  parameter bit [31:0] Depth = 24576,
  localparam bit [31:0] WeightBytes = (WeightWidth + 7) / 8,
  localparam bit [31:0] LaneBits = $clog2(Lanes),
  localparam bit [31:0] AddressWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,

  input  logic                           tvalid_i,
  output logic                           tready_o,
  input  logic                           tlast_i,
  input  logic [8*Lanes*WeightBytes-1:0] tdata_i,

  input  logic                           busy_i,
  input  logic                           interrupted_i,
  input  logic                           ready_i,
  output logic                           valid_o,
  input  logic                           streamed_i,
  input  logic                           read_i,
  input  logic [AddressWidth-1:0]        address_i,
  output logic [Lanes*WeightWidth-1:0]   weight_o,

  input  logic                           bus_write_i,
  input  logic                           bus_read_i,
  input  logic [LaneBits-1:0]            bus_lane_i,
  input  logic [AddressWidth-1:0]        bus_address_i,
  input  logic [WeightWidth-1:0]         bus_write_data_i,
  output logic [Lanes*WeightWidth-1:0]   bus_read_data_o
);

  logic [Lanes*WeightWidth-1:0] weight_beat_q;
  logic [Lanes-1:0]             weight_bus_write;
  logic                         weights_discard_q, weights_begun_q, weights_accept;

  assign tready_o = ready_i || weights_discard_q;
  assign weights_accept        = tvalid_i && tready_o;
  assign valid_o         = tvalid_i && !weights_discard_q;
  assign weight_o       = streamed_i ? weight_beat_q : bus_read_data_o;

  always_comb begin
    weight_bus_write = '0;
    if (bus_write_i) weight_bus_write[bus_lane_i] = 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (weights_accept)
      for (int l = 0; l < Lanes; l++)
        weight_beat_q[l*WeightWidth +: WeightWidth] <= tdata_i[l*WeightBytes*8 +: WeightWidth];
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      weights_discard_q <= 1'b0;
      weights_begun_q   <= 1'b0;
    end else begin
      if (weights_accept) weights_begun_q <= !tlast_i;
      // A matrix that was taken in part when the engine was interrupted is thrown away up to its TLAST
      if (weights_accept && tlast_i) weights_discard_q <= 1'b0;
      else if (interrupted_i && (weights_begun_q || weights_accept)) weights_discard_q <= 1'b1;
    end
  end

  stoic_weight_memory #(
    .Lanes      (Lanes),
    .WeightWidth(WeightWidth),
    .Depth      (Depth)
  ) u_weights (
    .clk_i       (clk_i),
    .read_i      (read_i || bus_read_i),
    .write_i     (weight_bus_write),
    .address_i   (busy_i ? address_i : bus_address_i),
    .write_data_i(bus_write_data_i),
    .read_data_o (bus_read_data_o)
  );

endmodule
